// sources: FS tests/host/fs_model.c
#include "check.h"

#include <string.h>
#include "api/fcntl.h"
#include "api/stat.h"
#include "disk/log.h"
#include "fs/fs.h"
#include "fs_image.h"
#include "fs_model.h"
#include "seam.h"
#include "sys/syscall.h"

/*
 * The guarantees of fsync.
 *
 * Every sequence of one to three operations on two directories and three files
 * is run, once for each of these nodes and each node that the operations
 * create; the sequence ends with fsync of that node.  Then the power is cut at
 * every flush.  The state that a mount finds after a cut must match the model
 * after some of the operations.  If fsync had returned, its node must be
 * preserved: a file's contents, its link count and all its names, and no name
 * that it has lost; a directory's location and all names in it.
 *
 * The program runs one half of the sequences for an odd seed, the other half
 * for an even one.
 */
#define BLOCKS 256 // of the disk

enum { LENGTH = 3, CUTS = 40 };

/* ---- the real thing ----------------------------------------------------- */

static int64_t fd_of[NODES];   // each node stays open
static uint64_t ino_of[NODES]; // so its number is not reused
static int node_count;

/* Keep a node open for as long as the machine runs. */
static void keep(int number, const char *path)
{
    struct stat st = {0};
    fd_of[number] = test_open(path, O_RDONLY);
    sys_call(SYS_fstat, (uint64_t)fd_of[number], (uint64_t)&st, 0);
    ino_of[number] = st.ino;
}

/* Write `units` of a letter at an offset of an open file. */
static bool put(int64_t fd, int64_t at, int units, char letter)
{
    static char bytes[UNITS * UNIT];
    size_t n = (size_t)units * UNIT;
    memset(bytes, letter, n);
    return sys_call(SYS_lseek, (uint64_t)fd, (uint64_t)at, SEEK_SET) == at &&
           sys_call(SYS_write, (uint64_t)fd, (uint64_t)bytes, n) == (int64_t)n;
}

/* Change the contents of a file. */
static bool fill(const struct model_change *change, char letter)
{
    struct stat st = {0};
    int64_t fd = test_open(change->path, O_WRONLY);
    if (fd < 0) {
        return false;
    }
    sys_call(SYS_fstat, (uint64_t)fd, (uint64_t)&st, 0);
    uint64_t size = change->kind == CUT ? UNIT : st.size + 3 * UNIT;
    bool done = change->kind == WRITE ? put(fd, 0, 1, letter)
                : change->kind == APPEND
                    ? put(fd, (int64_t)st.size, 3, letter)
                    : sys_call(SYS_ftruncate, (uint64_t)fd, size, 0) == 0;
    test_close(fd);
    return done;
}

/* Perform change number i of a sequence; returns whether it succeeded. */
static bool perform(const struct model_change *change, int i)
{
    static const uint64_t call[] = {
        [RENAME] = SYS_rename, [LINK] = SYS_link,   [UNLINK] = SYS_unlink,
        [RMDIR] = SYS_rmdir,   [MKDIR] = SYS_mkdir,
    };
    switch (change->kind) {
    case COMMIT:
        return fs_sync() == 0;
    case CREATE: {
        int64_t fd = test_open(change->path, O_RDONLY | O_CREATE);
        return fd >= 0 && test_close(fd) == 0;
    }
    case WRITE:
    case APPEND:
    case CUT:
    case GROW:
        return fill(change, (char)('b' + i));
    default:
        return sys_call(call[change->kind], (uint64_t)change->path,
                        (uint64_t)change->to, 0) == 0;
    }
}

/* The node with an inode number; an impossible one if there is none. */
static int node_of(uint64_t ino)
{
    int number = 1;
    while (number < node_count && ino_of[number] != ino) {
        number++;
    }
    return number < node_count ? number : NODES - 1;
}

/* Read the contents of a file into the tree. */
static void look_at_file(struct node *node, int64_t fd, uint64_t size)
{
    static char bytes[UNITS * UNIT + 1];
    int64_t got = test_read(fd, bytes, sizeof(bytes));
    CHECK_EQ(got, size);
    CHECK_EQ(size % UNIT, 0);
    node->units = (int)(size / UNIT);
    for (int i = 0; i < node->units; i++) {
        const char *unit = bytes + i * UNIT;
        CHECK_EQ(memcmp(unit, unit + 1, UNIT - 1), 0);
        node->letter[i] = unit[0];
    }
}

/* Read everything below the directory of a node. */
static void look(struct tree *tree, int dir, const char *path)
{
    struct stat st = {0};
    for (int i = 0; i < NAMES; i++) {
        char below[64];
        snprintf(below, sizeof(below), "%s/%s", path, model_names[i]);
        int64_t fd = test_open(below, O_RDONLY);
        if (fd < 0) {
            continue;
        }
        CHECK_EQ(sys_call(SYS_fstat, (uint64_t)fd, (uint64_t)&st, 0), 0);
        int number = node_of(st.ino);
        tree->entry[dir][i] = number;
        tree->node[number] = (struct node){.type = st.type, .links = st.nlink};
        if (st.type == T_FILE) {
            look_at_file(&tree->node[number], fd, st.size);
        }
        test_close(fd);
        if (st.type == T_DIR) {
            look(tree, number, below);
        }
    }
}

/* ---- one sequence ------------------------------------------------------- */

static char *image;                    // before it is mounted
static char before[BLOCKS * FS_BLOCK]; // the disk at the start of a sequence
static struct tree state[LENGTH + 1];  // of the model, after each change
static int state_count;
static struct tree found[CUTS]; // found by a mount, after each cut
static int cut_count;
static struct seam_write *written; // the writes that led to `found`
static size_t written_count, written_room;
static int runs, mounts;

/* Mount, and complete one transaction. */
static void begin(void)
{
    static const char *const path[] = {"/", "/A", "/B", "/A/x", "/A/y", "/B/x"};
    CHECK_EQ(test_mount(image, BLOCKS, 1), 0);
    for (int i = 0; i < FIRST_NEW; i++) {
        keep(i, path[i]);
    }
    node_count = FIRST_NEW;
    CHECK_EQ(sys_call(SYS_mknod, (uint64_t) "/other", 2, 0), 0);
    log_finish();
    seam_record(true);
}

/* Perform the changes, on the disk and in the model. */
static void change_all(const int *sequence, int length)
{
    for (int i = 0; i < length; i++) {
        const struct model_change *change = &model_changes[sequence[i]];
        int next = node_count;
        state[i + 1] = state[i];
        bool can = model_change(&state[i + 1], change, i, &next);
        CHECK_EQ(perform(change, i), can);
        if (next > node_count) {
            keep(node_count++, change->path);
        }
    }
    state_count = length + 1;
}

/* Whether the writes are the same as last time. */
static bool is_same(const struct seam_write *writes, size_t count)
{
    bool same = count == written_count;
    for (size_t i = 0; i < count && same; i++) {
        same = writes[i].block == written[i].block &&
               (writes[i].bytes == NULL ||
                memcmp(writes[i].bytes, written[i].bytes, FS_BLOCK) == 0);
    }
    return same;
}

/* Keep the writes, for is_same. */
static void remember(const struct seam_write *writes, size_t count)
{
    for (size_t i = 0; i < written_count; i++) {
        free(written[i].bytes);
    }
    if (count > written_room) {
        written_room = count;
        written = realloc(written, count * sizeof(*written));
    }
    written_count = count;
    for (size_t i = 0; i < count; i++) {
        written[i] = writes[i];
        if (writes[i].bytes != NULL) {
            written[i].bytes = malloc(FS_BLOCK);
            memcpy(written[i].bytes, writes[i].bytes, FS_BLOCK);
        }
    }
}

/* Mount the disk after a cut. */
static void mount_cut(const char *disk)
{
    struct tree *tree = &found[cut_count++];
    memset(tree, 0, sizeof(*tree));
    CHECK(cut_count < CUTS);
    CHECK_EQ(test_mount(disk, BLOCKS, 1), 0);
    look(tree, ROOT, "");
    test_end();
    mounts++;
}

/* Cut at the start, at each flush, and at the end: writes since the flush
   before are lost. */
static void cut_everywhere(void)
{
    static char disk[BLOCKS * FS_BLOCK];
    memcpy(disk, before, sizeof(disk));
    cut_count = 0;
    mount_cut(disk);
    for (size_t i = 0; i < written_count; i++) {
        if (written[i].block != SEAM_FLUSH) {
            memcpy(disk + written[i].block * FS_BLOCK, written[i].bytes,
                   FS_BLOCK);
        }
        if (written[i].block == SEAM_FLUSH || i + 1 == written_count) {
            mount_cut(disk);
        }
    }
}

/* Whether the found state keeps the promises of fsync of a node. */
static bool is_kept(const struct tree *tree, int number)
{
    const struct tree *last = &state[state_count - 1];
    for (int dir = 0; dir < NODES; dir++) {
        for (int i = 0; i < NAMES; i++) {
            int now = tree->entry[dir][i];
            int then = last->entry[dir][i];
            bool is_mine = dir == number || now == number || then == number;
            if (is_mine && (now != then ||
                            tree->node[now].type != last->node[then].type)) {
                return false;
            }
        }
    }
    return memcmp(&tree->node[number], &last->node[number],
                  sizeof(struct node)) == 0;
}

/* Whether the found state is that after some of the changes. */
static bool is_a_state(const struct tree *tree)
{
    int i = 0;
    while (i < state_count && memcmp(tree, &state[i], sizeof(*tree)) != 0) {
        i++;
    }
    return i < state_count;
}

/* Print the sequence. */
static void complain(const int *sequence, int length, int number, int cut)
{
    static const char *const kind[] = {"rename", "link",  "unlink", "rmdir",
                                       "create", "mkdir", "write",  "append",
                                       "cut",    "grow",  "commit"};
    if (check_wrong < 5) {
        for (int i = 0; i < length; i++) {
            const struct model_change *change = &model_changes[sequence[i]];
            printf("%s %s %s; ", kind[change->kind],
                   change->path != NULL ? change->path : "",
                   change->to != NULL ? change->to : "");
        }
        printf("fsync of node %d, cut %d of %d\n", number, cut, cut_count);
    }
}

/* Run a sequence that ends with fsync of a node; returns whether there is such
   a node. */
static bool run_one(const int *sequence, int length, int number)
{
    begin();
    change_all(sequence, length);
    bool is_there = number < node_count;
    size_t returned;
    size_t count;
    if (is_there) {
        CHECK_EQ(sys_call(SYS_fsync, (uint64_t)fd_of[number], 0, 0), 0);
    }
    seam_writes(&returned);
    log_finish();
    seam_record(false);
    const struct seam_write *writes = seam_writes(&count);
    test_end();
    if (!is_there) {
        return false;
    }
    runs++;
    if (number == ROOT || !is_same(writes, count)) {
        remember(writes, count);
        cut_everywhere();
    }
    int promised = 0; // the first cut after fsync returned
    for (size_t i = 0; i < returned; i++) {
        promised += written[i].block == SEAM_FLUSH;
    }
    for (int cut = 0; cut < cut_count; cut++) {
        bool good = is_a_state(&found[cut]) &&
                    (cut < promised || is_kept(&found[cut], number));
        if (!good) {
            complain(sequence, length, number, cut);
        }
        CHECK(good);
    }
    return true;
}

/* ---- all sequences ------------------------------------------------------ */

/* The initial image of every sequence, and the model of it. */
static void prepare(void)
{
    static const char *const file[] = {"/A/x", "/A/y", "/B/x"};
    image = test_empty_image(BLOCKS);
    CHECK_EQ(test_mount(image, BLOCKS, 1), 0);
    CHECK_EQ(sys_call(SYS_mkdir, (uint64_t) "/A", 0, 0), 0);
    CHECK_EQ(sys_call(SYS_mkdir, (uint64_t) "/B", 0, 0), 0);
    for (int i = 0; i < FIRST_NEW - FIRST_FILE; i++) {
        int64_t fd = test_open(file[i], O_WRONLY | O_CREATE);
        CHECK(put(fd, 0, 3, 'a'));
    }
    log_finish();
    seam_disk_copy(image);
    test_end();

    begin();
    memset(state, 0, sizeof(state));
    look(&state[0], ROOT, "");
    seam_disk_copy(before);
    test_end();
    CHECK_EQ(state[0].entry[ROOT][0], 1);
    CHECK_EQ(state[0].node[FIRST_NEW - 1].units, 3);
}

/* This run's half of the sequences of a length. */
static void run_all(int length)
{
    int total = 1;
    for (int i = 0; i < length; i++) {
        total *= model_change_count;
    }
    for (int n = (int)(check_state % 2); n < total; n += 2) {
        int sequence[LENGTH];
        for (int i = 0, rest = n; i < length; i++, rest /= model_change_count) {
            sequence[i] = rest % model_change_count;
        }
        int number = ROOT;
        while (run_one(sequence, length, number)) {
            number++;
        }
    }
}

static void test_sequences(void)
{
    for (int length = 1; length <= LENGTH; length++) {
        run_all(length);
    }
    printf("%d calls of fsync, %d mounts after a cut\n", runs, mounts);
    CHECK(runs > 1000 && mounts > 1000);
}

int main(int argc, char **argv)
{
    check_begin(argc, argv);
    seam_set_pages(400);
    prepare();
    RUN(test_sequences);
    remember(NULL, 0);
    free(written);
    free(image);
    return check_end();
}
