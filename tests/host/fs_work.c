#include "fs_work.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "api/fcntl.h"
#include "api/stat.h"
#include "disk/log.h"
#include "fs/fs.h"
#include "fs_image.h"
#include "seam.h"
#include "sys/syscall.h"

#define BLOCK 4096UL

static uint64_t random_state;

/* A number below `limit` (xorshift64*). */
static uint64_t pick(uint64_t limit)
{
    random_state ^= random_state >> 12;
    random_state ^= random_state << 25;
    random_state ^= random_state >> 27;
    return (random_state * 0x2545f4914f6cdd1dUL >> 16) % limit;
}

/* ---- what workloads do -------------------------------------------------- */

static bool synced;                // the step has made everything durable
static struct work_history *noted; // the history being recorded

static void note(bool durable);

static int64_t call1(uint64_t call, const char *path)
{
    return sys_call(call, (uint64_t)path, 0, 0);
}

static int64_t call2(uint64_t call, const char *a, const char *b)
{
    return sys_call(call, (uint64_t)a, (uint64_t)b, 0);
}

/* Write n bytes at an offset of a file, creating it if needed. */
static void put(const char *path, uint64_t offset, uint64_t n, bool sync)
{
    static char bytes[64 * BLOCK];
    int64_t fd = test_open(path, O_WRONLY | O_CREATE);
    if (fd < 0) {
        return;
    }
    if (noted != NULL) {
        note(false); // between two changes
    }
    memset(bytes, (int)(1 + pick(255)), n);
    sys_call(SYS_lseek, (uint64_t)fd, offset, SEEK_SET);
    sys_call(SYS_write, (uint64_t)fd, (uint64_t)bytes, n);
    if (sync) {
        synced = sys_call(SYS_fsync, (uint64_t)fd, 0, 0) == 0;
    }
    test_close(fd);
}

static void sync_all(void)
{
    synced = sys_call(SYS_sync, 0, 0, 0) == 0;
}

/* One of a few names. */
static const char *name_of(const char *kind, uint64_t n)
{
    static char names[4][32];
    static int next;
    char *name = names[next++ % 4];
    snprintf(name, sizeof(names[0]), "%s%d", kind, (int)n);
    return name;
}

/* Small files are created and removed. */
static void step_small(int i)
{
    const char *name = name_of("s", pick(12));
    if (i % 7 == 6) {
        sync_all();
    } else if (pick(3) == 0) {
        call1(SYS_unlink, name);
    } else {
        put(name, 0, 1 + pick(300), false);
    }
}

/* Files grow in pieces, each of which is synced. */
static void step_append(int i)
{
    struct stat st = {0};
    const char *name = name_of("a", (uint64_t)i % 3);
    int64_t fd = test_open(name, O_RDONLY);
    if (fd >= 0) {
        sys_call(SYS_fstat, (uint64_t)fd, (uint64_t)&st, 0);
        test_close(fd);
    }
    if (st.size > 30 * BLOCK) {
        call1(SYS_unlink, name);
    } else {
        put(name, st.size, 1 + pick(3 * BLOCK), pick(2) == 0);
    }
}

/* One file is overwritten and truncated. */
static void step_over(int i)
{
    uint64_t at = pick(40 * BLOCK);
    if (i % 9 == 8) {
        sync_all();
    } else if (pick(4) == 0) {
        sys_call(SYS_truncate, (uint64_t) "o", at, 0);
    } else {
        put("o", at, 1 + pick(8 * BLOCK), pick(6) == 0);
    }
}

/* Directories and names are renamed; no contents. */
static void step_names(int i)
{
    const char *dir = name_of("d", pick(3));
    char a[64];
    char b[64];
    snprintf(a, sizeof(a), "%s/n%d", name_of("d", pick(3)), (int)pick(4));
    snprintf(b, sizeof(b), "%s/n%d", name_of("d", pick(3)), (int)pick(4));
    switch (i % 13 == 12 ? 9 : pick(9)) {
    case 0:
    case 1:
        call1(SYS_mkdir, dir);
        break;
    case 2:
        call1(SYS_mkdir, a);
        break;
    case 3:
        sys_call(SYS_mknod, (uint64_t)a, 2, 0);
        break;
    case 4:
        call2(SYS_rename, a, b);
        break;
    case 5:
        call2(SYS_rename, dir, b);
        break;
    case 6:
        call2(SYS_link, a, b);
        break;
    case 7:
        call1(SYS_unlink, a);
        break;
    case 8:
        call1(SYS_rmdir, dir);
        break;
    default:
        sync_all();
        break;
    }
}

/* Names in "/" only, which has room for them: no block is ever allocated. */
static void step_nodes(int i)
{
    const char *a = name_of("m", pick(9));
    const char *b = name_of("m", pick(9));
    switch (i % 11 == 10 ? 9 : pick(4)) {
    case 0:
        call2(SYS_rename, a, b);
        break;
    case 1:
        call1(SYS_unlink, a);
        break;
    case 9:
        sync_all();
        break;
    default:
        sys_call(SYS_mknod, (uint64_t)a, 2, pick(3));
        break;
    }
}

/* Files with indirect blocks are created, truncated, and removed, some while
   open. */
static void step_large(int i)
{
    const char *name = name_of("l", pick(2));
    switch (pick(5)) {
    case 0: {
        int64_t fd = test_open(name, O_RDONLY);
        call1(SYS_unlink, name);
        if (fd >= 0) {
            test_close(fd);
        }
        break;
    }
    case 1:
        sys_call(SYS_truncate, (uint64_t)name, pick(50 * BLOCK), 0);
        break;
    default:
        put(name, pick(30) * BLOCK, 1 + pick(16 * BLOCK), i % 5 == 0);
        break;
    }
}

/* All of these, with links, and files that replace others. */
static void step_mixed(int i)
{
    const char *a = name_of("x", pick(6));
    const char *b = name_of("x", pick(6));
    switch (pick(9)) {
    case 0:
        call2(SYS_rename, a, b);
        break;
    case 1:
        call2(SYS_symlink, "x0", a);
        break;
    case 2:
        call2(SYS_link, a, b);
        break;
    case 3:
        call1(SYS_unlink, a);
        break;
    case 4:
        step_names(i);
        break;
    case 5:
        sync_all();
        break;
    default:
        put(a, pick(4 * BLOCK), 1 + pick(2 * BLOCK), pick(5) == 0);
        break;
    }
}

const struct work works[] = {
    {"small", 120, step_small}, {"append", 60, step_append},
    {"over", 60, step_over},    {"names", 160, step_names},
    {"large", 60, step_large},  {"mixed", 160, step_mixed},
    {"nodes", 90, step_nodes},
};
const int work_count = ARRAY_LENGTH(works);

/* ---- history ------------------------------------------------------------ */

#define NOTES 3 // per step, at most

/* Store a digest of the visible state. */
static void note(bool durable)
{
    size_t n = noted->count++;
    seam_writes(&noted->events[n]);
    noted->digest[n] = work_digest();
    noted->is_durable[n] = durable;
}

void work_run(const struct work *work, struct work_history *history,
              uint64_t seed)
{
    size_t room = ((size_t)work->steps + 1) * NOTES;
    random_state = seed | 1;
    *history = (struct work_history){
        .digest = calloc(room, sizeof(uint64_t)),
        .events = calloc(room, sizeof(size_t)),
        .is_durable = calloc(room, sizeof(bool)),
    };
    noted = history;
    note(true);
    for (int i = 0; i < work->steps; i++) {
        synced = false;
        work->step(i);
        if (!synced && pick(8) == 0) {
            fs_sync(); // as the kernel does by itself, without telling programs
            if (pick(3) == 0) {
                log_finish();
            }
        }
        note(synced);
    }
}

void work_forget(struct work_history *history)
{
    free(history->digest);
    free(history->events);
    free(history->is_durable);
}

size_t work_durable(const struct work_history *history, size_t events)
{
    size_t last = 0;
    for (size_t i = 0; i < history->count; i++) {
        if (history->is_durable[i] && history->events[i] <= events) {
            last = i;
        }
    }
    return last;
}

size_t work_begun(const struct work_history *history, size_t events)
{
    size_t last = 0;
    while (last + 1 < history->count && history->events[last] <= events) {
        last++;
    }
    return last;
}

bool work_found(const struct work_history *history, uint64_t digest,
                size_t first, size_t last)
{
    for (size_t i = first; i <= last; i++) {
        if (history->digest[i] == digest) {
            return true;
        }
    }
    return false;
}

/* ---- what can be seen --------------------------------------------------- */

/* Add bytes to a digest (FNV-1a). */
static uint64_t mix(uint64_t sum, const void *bytes, size_t n)
{
    const unsigned char *byte = bytes;
    for (size_t i = 0; i < n; i++) {
        sum = (sum ^ byte[i]) * 1099511628211UL;
    }
    return sum;
}

static uint64_t digest_directory(int64_t fd, const char *path);

/* The digest of a path; links are not followed. */
static uint64_t digest_of(const char *path)
{
    static char bytes[4 * BLOCK];
    uint64_t sum = mix(14695981039346656037UL, path, strlen(path));
    struct stat st;
    int64_t n = sys_call(SYS_readlink, (uint64_t)path, (uint64_t)bytes, BLOCK);
    if (n > 0) {
        return mix(sum, bytes, (size_t)n);
    }
    int64_t fd = test_open(path, O_RDONLY);
    if (fd < 0) {
        return mix(sum, &fd, sizeof(fd)); // the error
    }
    sys_call(SYS_fstat, (uint64_t)fd, (uint64_t)&st, 0);
    sum = mix(sum, &st.type, sizeof(st.type));
    sum = mix(sum, &st.nlink, sizeof(st.nlink));
    if (st.type == T_DIR) {
        sum += digest_directory(fd, path);
    } else if (st.type == T_FILE) {
        sum = mix(sum, &st.size, sizeof(st.size));
        while ((n = test_read(fd, bytes, sizeof(bytes))) > 0) {
            sum = mix(sum, bytes, (size_t)n);
        }
        sum = mix(sum, &n, sizeof(n));
    }
    test_close(fd);
    return sum;
}

/* The sum of the digests of all names in a directory, because their order is
   not guaranteed. */
static uint64_t digest_directory(int64_t fd, const char *path)
{
    struct dirent record[16];
    uint64_t sum = 0;
    int64_t n;
    while ((n = test_read(fd, record, sizeof(record))) > 0) {
        for (size_t i = 0; i < (size_t)n / sizeof(record[0]); i++) {
            char below[1024];
            if (strcmp(record[i].name, ".") != 0 &&
                strcmp(record[i].name, "..") != 0) {
                snprintf(below, sizeof(below), "%s/%s", path, record[i].name);
                sum += digest_of(below);
            }
        }
    }
    return mix(sum, &n, sizeof(n));
}

uint64_t work_digest(void)
{
    return digest_of("/.");
}

bool work_try(void)
{
    static const char text[] = "still at work";
    char back[sizeof(text)] = "";
    int64_t fd = test_open("/probe", O_RDWR | O_CREATE);
    bool good = fd >= 0;
    good = good && sys_call(SYS_write, (uint64_t)fd, (uint64_t)text,
                            sizeof(text)) == sizeof(text);
    good = good && sys_call(SYS_lseek, (uint64_t)fd, 0, SEEK_SET) == 0;
    good = good && test_read(fd, back, sizeof(back)) == sizeof(back);
    good = good && memcmp(back, text, sizeof(text)) == 0;
    good = good && test_close(fd) == 0;
    good = good && call1(SYS_unlink, "/probe") == 0;
    good = good && sys_call(SYS_sync, 0, 0, 0) == 0;
    log_finish();
    return good;
}

void work_use(uint64_t seed)
{
    static const char *const paths[] = {
        "one", "d/new", "d/e/far", "many/n7", "to-d", "d/e/hole", "new", "d/e"};
    random_state = seed | 1;
    for (int i = 0; i < 8; i++) {
        const char *a = paths[pick(ARRAY_LENGTH(paths))];
        const char *b = paths[pick(ARRAY_LENGTH(paths))];
        switch (pick(6)) {
        case 0:
            call1(SYS_unlink, a);
            break;
        case 1:
            call2(SYS_rename, a, b);
            break;
        case 2:
            sys_call(SYS_truncate, (uint64_t)a, pick(30 * BLOCK), 0);
            break;
        case 3:
            call1(SYS_mkdir, a);
            break;
        default:
            put(a, pick(40 * BLOCK), pick(4 * BLOCK), pick(2) == 0);
            break;
        }
    }
    log_finish();
}
