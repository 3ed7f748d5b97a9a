/*
 * Operations on open files: reading, writing, truncating, mapping, sharing.
 */
#include "grind.h"

static unsigned char bytes[WRITE_MAX];
static unsigned char other[WRITE_MAX];

/* ---- opening ------------------------------------------------------------ */

/* The expected result of opening an existing node. */
static int expect_open(const struct node *node, int flags)
{
    bool changes = (flags & (O_ACCMODE | O_TRUNC | O_CREATE)) != 0;

    return node->kind == T_DIR && changes ? EISDIR : 0;
}

/* The expected result of creating a file with open, when nothing was found. */
static int expect_new(const char *path, struct node **directory, char *name)
{
    bool slash;
    struct node *node;
    int error = path_find_last(path, directory, name, &slash, &node);

    if (error != 0) {
        return error;
    }
    // An existing link is dangling here, or its target would have been found.
    if ((*directory)->links == 0 || node != NULL) {
        return ENOENT;
    }
    return slash ? ENOTDIR : 0;
}

/* Use the next descriptor for a node. */
static void slot_open(int slot, struct node *node, int flags)
{
    struct opened *opened = must_alloc(sizeof(*opened));

    node->holds++;
    opened->node = node;
    opened->readable = (flags & O_ACCMODE) != O_WRONLY;
    opened->writable = (flags & O_ACCMODE) != O_RDONLY;
    opened->append = (flags & O_APPEND) != 0;
    slot_set(slot, opened);
}

static void run_open(void)
{
    static const int some_flags[] = {O_RDONLY,
                                     O_RDONLY,
                                     O_RDWR,
                                     O_RDWR | O_CREATE,
                                     O_RDWR | O_CREATE,
                                     O_RDWR | O_CREATE | O_TRUNC,
                                     O_WRONLY,
                                     O_WRONLY | O_CREATE | O_APPEND,
                                     O_RDWR | O_APPEND,
                                     O_WRONLY | O_TRUNC,
                                     O_RDONLY | O_CREATE,
                                     O_RDONLY | O_TRUNC,
                                     O_ACCMODE};
    static char path[MAXPATH];
    char name[NAMEMAX + 1];
    struct node *directory = NULL;
    struct node *node;
    int flags = some_flags[random_below(sizeof(some_flags) / sizeof(int))];
    bool is_new = false;
    int slot = slot_free();
    int want = path_find(path_make(path, (OLD + NEW) / 2), &node);

    if (slot == SLOTS || want == ESCAPES) {
        return;
    }
    if (flags == O_ACCMODE || flags == (O_RDONLY | O_TRUNC)) {
        want = EINVAL;
    } else if (want == ENOENT && (flags & O_CREATE) != 0) {
        want = expect_new(path, &directory, name);
        is_new = want == 0;
    } else if (want == 0) {
        want = expect_open(node, flags);
    }
    if (want == ESCAPES || (is_new && model.nodes >= NODES_MAX)) {
        return;
    }
    detail("%s flags %x", path, flags);
    if (TRY(want != 0 ? -want : slot + FIRST, open(path, flags))) {
        if (is_new) {
            node = node_create(T_FILE);
            directory_add(directory, name, node);
        } else if ((flags & O_TRUNC) != 0) {
            file_resize(node, 0);
        }
        slot_open(slot, node, flags);
    } else if (is_new && !options.dry) {
        unlink(path); // memory or disk ran out after the file was created
    }
}

static void run_close(void)
{
    int slot = (int)random_below(SLOTS);

    detail("descriptor %d", slot + FIRST);
    if (TRY(slots[slot] != NULL ? 0 : -EBADF, close(slot + FIRST))) {
        slot_set(slot, NULL);
    }
}

static void run_dup(void)
{
    int slot = (int)random_below(SLOTS);
    int to = slot_free();

    if (to == SLOTS) {
        return;
    }
    detail("descriptor %d", slot + FIRST);
    if (TRY(slots[slot] != NULL ? to + FIRST : -EBADF, dup(slot + FIRST))) {
        slot_set(to, slots[slot]);
    }
}

static void run_dup2(void)
{
    int slot = (int)random_below(SLOTS);
    int to = (int)random_below(SLOTS);
    long want = slots[slot] != NULL ? to + FIRST : -EBADF;

    detail("descriptors %d %d", slot + FIRST, to + FIRST);
    if (TRY(want, dup2(slot + FIRST, to + FIRST)) && slot != to) {
        slot_set(to, slots[slot]);
    }
}

/* ---- reading and writing ------------------------------------------------ */

/* A random position in or near a file: at its end, at a block, where the next
   level of block numbers begins, or anywhere near the start. */
static long some_position(const struct node *file)
{
    static const long edges[] = {0,         BLOCK,        DIRECT_END,
                                 4 * BLOCK, INDIRECT_END, 13 * BLOCK};
    uint32_t pick = random_below(10);
    long at = (long)random_below(16 * BLOCK);
    long edge = edges[random_below(sizeof(edges) / sizeof(edges[0]))];

    if (pick < 2) {
        return file->size;
    }
    if (pick < 5) {
        return edge + (long)random_below(3) - (edge > 0);
    }
    return file->size > 0 && pick < 8 ? at % file->size : at;
}

/* A random number of bytes: few, some, or several blocks. */
static long some_length(void)
{
    uint32_t pick = random_below(8);

    return pick < 3   ? (long)random_below(64)
           : pick < 7 ? (long)random_below(2 * BLOCK)
                      : (long)random_below(WRITE_MAX);
}

/* Whether a write would make the file, or the worker's files, too large. */
bool must_not_grow(const struct node *file, long at, long n)
{
    long blocks = 0;

    if (at + n > FILE_BYTES) {
        return true;
    }
    for (long i = at / BLOCK; i * BLOCK < at + n; i++) {
        blocks += file->blocks[i] == NULL;
    }
    return model.blocks + blocks > BLOCKS_MAX;
}

/* Write through a descriptor with the function `how`, and update the model. */
void opened_write(int slot, long n, write_fn *how)
{
    struct opened *o = slots[slot];
    long at = o->append ? o->node->size : o->offset;
    long want = o->writable ? n : -EBADF;

    if (want > 0 && must_not_grow(o->node, at, n)) {
        return;
    }
    pattern(bytes, n, (uint32_t)now.number);
    detail("descriptor %d: %ld bytes at %ld", slot + FIRST, n, at);
    long got = options.dry ? want : how(slot + FIRST, bytes, n);
    if (options.tolerant && got > 0 && got < want) {
        want = got; // the disk had no room for more
    }
    if (agree("write", got, want) && want > 0) {
        file_write(o->node, at, bytes, want);
        o->offset = at + want;
    }
}

static long plain_write(int fd, const void *from, long n)
{
    return outcome(write(fd, from, (int)n));
}

static void run_write(void)
{
    int slot = slot_some();
    long n = some_length();

    if (slot >= 0) {
        opened_write(slot, n, plain_write);
    }
}

static void run_read(void)
{
    int slot = slot_of_file();
    long n = some_length();

    if (slot < 0) {
        return;
    }
    struct opened *o = slots[slot];
    long left = o->node->size > o->offset ? o->node->size - o->offset : 0;
    long want = !o->readable ? -EBADF : n < left ? n : left;

    detail("descriptor %d: %ld bytes at %ld", slot + FIRST, n, o->offset);
    if (TRY(want, read(slot + FIRST, bytes, (int)n))) {
        file_read(o->node, o->offset, other, want);
        if (!options.dry && memcmp(bytes, other, (size_t)want) != 0) {
            fail("read: bytes differ from those written");
        }
        o->offset += want;
    }
}

static void run_seek(void)
{
    int slot = slot_of_file();

    if (slot < 0) {
        return;
    }
    struct opened *o = slots[slot];
    long to = some_position(o->node);
    int from = (int)random_below(4);
    long base = from == SEEK_SET   ? 0
                : from == SEEK_CUR ? o->offset
                                   : o->node->size;

    detail("descriptor %d: to %ld", slot + FIRST, to);
    if (TRY(from > SEEK_END || to < 0 ? -EINVAL : to,
            lseek(slot + FIRST, to - base, from))) {
        o->offset = to;
    }
}

static void run_ftruncate(void)
{
    int slot = slot_some();

    if (slot < 0) {
        return;
    }
    struct opened *o = slots[slot];
    bool good = o->writable && o->node->kind == T_FILE;
    long size = good ? some_position(o->node) : 7;

    size = size < 0 ? 0 : size;
    detail("descriptor %d: to %ld", slot + FIRST, size);
    if (TRY(good ? 0 : -EINVAL, ftruncate(slot + FIRST, size))) {
        file_resize(o->node, size);
    }
}

static void run_truncate(void)
{
    static char path[MAXPATH];
    struct node *node;
    int want = path_find(path_make(path, OLD), &node);
    long size = want == 0 && node->kind == T_FILE ? some_position(node) : 7;

    if (want == ESCAPES) {
        return;
    }
    if (want == 0 && node->kind == T_DIR) {
        want = EISDIR;
    }
    size = size < 0 ? 0 : size;
    detail("%s to %ld", path, size);
    if (TRY(-want, truncate(path, size))) {
        file_resize(node, size);
    }
}

/* ---- durable ------------------------------------------------------------ */

/* Print up to which operation everything must survive a crash. */
static void say_durable(long number)
{
    if (options.durable && !options.dry) {
        printf("grind: worker %d durable %ld\n", now.worker, number);
    }
}

static void run_fsync(void)
{
    int slot = slot_some();

    if (slot < 0) {
        return;
    }
    detail("descriptor %d", slot + FIRST);
    if (TRY(0, fsync(slot + FIRST))) {
        say_durable(slots[slot]->node->change);
    }
}

static void run_sync(void)
{
    if (TRY(0, sync())) {
        say_durable(now.number);
    }
}

/* ---- mapping ------------------------------------------------------------ */

/* Map part of a file and compare.  A private mapping is also changed, which
   must not affect the file. */
static void run_map(void)
{
    int slot = slot_of_file();
    bool private = random_below(2) == 0;
    uint32_t pick = random_below(FILE_BLOCKS);

    if (slot < 0 || slots[slot]->node->size == 0) {
        return;
    }
    struct opened *o = slots[slot];
    long from = pick * BLOCK % o->node->size / BLOCK * BLOCK;
    long n =
        o->node->size - from < WRITE_MAX ? o->node->size - from : WRITE_MAX;
    int prot = private ? PROT_READ | PROT_WRITE : PROT_READ;
    int flags = private ? MAP_PRIVATE : MAP_SHARED;

    detail("descriptor %d: %ld bytes at %ld", slot + FIRST, n, from);
    if (options.dry) {
        return;
    }
    char *at = mmap(NULL, (size_t)n, prot, flags, slot + FIRST, from);
    if (!agree("mmap", at == MAP_FAILED ? -errno : 0,
               o->readable ? 0 : -EACCES)) {
        return;
    }
    file_read(o->node, from, other, n);
    if (memcmp(at, other, (size_t)n) != 0) {
        fail("mmap: bytes differ from those written");
    }
    if (private) {
        memset(at, 0xee, (size_t)n);
    }
    TRY(0, munmap(at, (size_t)n));
}

/* Write to a file through a mapping, and also past its end, which must have no
   effect. */
static void run_share(void)
{
    int slot = slot_of_file();
    uint32_t pick = random_below(FILE_BLOCKS * BLOCK);
    long n = some_length();
    bool syncs = random_below(4) == 0;

    if (slot < 0 || slots[slot]->node->size == 0 || options.tolerant) {
        return;
    }
    struct opened *o = slots[slot];
    long last = o->node->size - 1;
    long at = pick % 2 == 0 ? last - pick % 99 % (last + 1) : pick % (last + 1);
    n = n < o->node->size - at ? n : o->node->size - at;
    long from = at / BLOCK * BLOCK;
    size_t length = (size_t)(at + n - from + BLOCK - 1) / BLOCK * BLOCK;
    if (length == 0 || must_not_grow(o->node, from, (long)length)) {
        return;
    }
    detail("descriptor %d: %ld bytes at %ld", slot + FIRST, n, at);
    unsigned char *map = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED,
                              slot + FIRST, from);
    if (!agree("mmap", map == MAP_FAILED ? -errno : 0,
               o->readable && o->writable ? 0 : -EACCES)) {
        return;
    }
    pattern(bytes, n, (uint32_t)now.number);
    memcpy(map + (at - from), bytes, (size_t)n);
    file_write(o->node, at, bytes, n);
    if (from + (long)length > o->node->size) {
        map[length - 1] = 0xdd;
    }
    if (syncs) {
        TRY(0, msync(map, length));
    }
    TRY(0, munmap(map, length));
}

const struct operation content_operations[] = {
    {"open", run_open, 36, true},
    {"close", run_close, 8, true},
    {"dup", run_dup, 3, true},
    {"dup2", run_dup2, 2, true},
    {"write", run_write, 32, true},
    {"read", run_read, 16, true},
    {"lseek", run_seek, 12, true},
    {"ftruncate", run_ftruncate, 6, true},
    {"truncate", run_truncate, 6, true},
    {"fsync", run_fsync, 1, true},
    {"sync", run_sync, 1, true},
    {"map", run_map, 6, true},
    {"write through a map", run_share, 6, false},
    {0},
};
