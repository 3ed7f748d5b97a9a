// sources: FS mkfs/check.c mkfs/view.c
#include "check.h"

#include <string.h>
#include "../../mkfs/check.h"
#include "api/errno.h"
#include "api/fcntl.h"
#include "api/stat.h"
#include "fs/fdtable.h"
#include "fs/fs.h"
#include "fs/inode.h"
#include "disk/log.h"
#include "fs_image.h"
#include "proc/proc.h"
#include "seam.h"
#include "sys/syscall.h"

/*
 * Races: several threads change one file system at the same time, with the
 * order of all lock operations determined by the seed, while another thread
 * commits.  Calls fail only with expected errors, nothing leaks or hangs, and
 * fsck finds nothing at the end.
 */
#define BLOCK   4096UL
#define BLOCKS  512
#define THREADS 4
#define STEPS   120
#define ROUNDS  12

static char *empty;
static int running;  // threads that make changes
static int failures; // failed calls, in all rounds

/* One of a few paths. */
static const char *path(char *into)
{
    static const char *const dirs[] = {"", "d/", "e/", "d/e/"};
    static const char *const names[] = {"p", "q", "d", "e"};
    sprintf(into, "/%s%s", dirs[check_random_below(4)],
            names[check_random_below(4)]);
    return into;
}

/* Count a failure; it must be one that a race can cause. */
static void may_fail(int64_t result)
{
    static const int allowed[] = {ENOENT, EEXIST, ENOTDIR, EISDIR, ENOTEMPTY,
                                  EINVAL, EPERM,  ENOSPC,  ELOOP,  EBADF};
    bool known = result >= 0;
    for (size_t i = 0; i < ARRAY_LENGTH(allowed) && !known; i++) {
        known = result == -allowed[i];
    }
    failures += result < 0;
    CHECK(known);
    if (!known) {
        printf("    a call gave %d\n", (int)result);
    }
}

/* Open a file, write and read, close. */
static void use_file(const char *name)
{
    static char bytes[40 * BLOCK];
    int64_t fd = test_open(
        name,
        O_RDWR | (check_random_below(2) == 0 ? O_CREATE : O_CREATE | O_TRUNC));
    may_fail(fd);
    if (fd < 0) {
        return;
    }
    uint64_t n = check_random_below(4) == 0 ? check_random_below(40 * BLOCK)
                                            : check_random_below(2 * BLOCK);
    sys_call(SYS_lseek, (uint64_t)fd, check_random_below(30 * BLOCK), SEEK_SET);
    may_fail(sys_call(SYS_write, (uint64_t)fd, (uint64_t)bytes, n));
    may_fail(test_read(fd, bytes, check_random_below(BLOCK)));
    if (check_random_below(8) == 0) {
        may_fail(sys_call(SYS_fsync, (uint64_t)fd, 0, 0));
    }
    may_fail(test_close(fd));
}

/* Read a directory to its end. */
static void use_directory(const char *name)
{
    struct dirent record[4];
    int64_t fd = test_open(name, O_RDONLY);
    while (fd >= 0 && test_read(fd, record, sizeof(record)) > 0) {}
    if (fd >= 0) {
        test_close(fd);
    }
}

/* One random call. */
static void step(void)
{
    char a[32];
    char b[32];
    uint64_t one = (uint64_t)path(a);
    uint64_t two = (uint64_t)path(b);
    switch (check_random_below(12)) {
    case 0:
        may_fail(sys_call(SYS_mkdir, one, 0, 0));
        break;
    case 1:
        may_fail(sys_call(SYS_rmdir, one, 0, 0));
        break;
    case 2:
        may_fail(sys_call(SYS_unlink, one, 0, 0));
        break;
    case 3:
    case 4:
        may_fail(sys_call(SYS_rename, one, two, 0));
        break;
    case 5:
        may_fail(sys_call(SYS_link, one, two, 0));
        break;
    case 6:
        may_fail(
            sys_call(SYS_truncate, one, check_random_below(BLOCK * 30), 0));
        break;
    case 7:
        may_fail(sys_call(SYS_symlink, one, two, 0));
        break;
    case 8:
        may_fail(sys_call(SYS_chdir, one, 0, 0));
        use_directory(".");
        use_directory("..");
        break;
    case 9:
        use_directory(a);
        break;
    default:
        use_file(a);
        break;
    }
}

static void change(void *unused)
{
    (void)unused;
    proc_current()->cwd = fs_root();
    proc_current()->files = fdtable_create();
    for (int i = 0; i < STEPS; i++) {
        step();
    }
    fdtable_put(proc_current()->files);
    inode_put(proc_current()->cwd);
    running--;
}

/* Commit now and then, and finish the log, like log_run. */
static void commit(void *unused)
{
    (void)unused;
    while (running > 0) {
        for (uint64_t n = check_random_below(2000); n > 0 && running > 0; n--) {
            seam_yield();
        }
        CHECK_EQ(fs_sync(), 0);
        if (check_random_below(2) == 0) {
            log_finish();
        }
    }
}

static void check_disk(const char *disk)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    CHECK_EQ(check_image(disk, BLOCKS, out), 0);
    fclose(out);
    printf("%.1000s", text);
    free(text);
}

/* Run one schedule, with `pages` of memory. */
static void round_with(size_t pages)
{
    static char disk[BLOCKS * BLOCK];
    seam_set_pages(pages);
    CHECK_EQ(test_mount(empty, BLOCKS, check_random()), 0);
    running = THREADS;
    for (int i = 0; i < THREADS; i++) {
        seam_spawn(change, NULL);
    }
    seam_spawn(commit, NULL);
    CHECK_EQ(seam_run(), 0);
    log_finish();
    seam_disk_copy(disk);
    check_disk(disk);
    CHECK_EQ(test_end(), 0);
}

static void test_races(void)
{
    for (int i = 0; i < ROUNDS; i++) {
        round_with(2048);
    }
    CHECK(failures > ROUNDS * STEPS);
}

/* The same with little memory, so that names, inodes, and blocks are
   evicted. */
static void test_races_in_little_memory(void)
{
    for (int i = 0; i < ROUNDS; i++) {
        round_with(400);
    }
}

/* Counts down releases of the log's lock; at the last one the other thread gets
   a turn. 0: inactive. */
static int moment;

static void at_release(const char *name)
{
    if (moment > 0 && strcmp(name, "log") == 0 && --moment == 0) {
        for (int n = 0; n < 100; n++) {
            seam_yield();
        }
    }
}

/* Append a byte, and a second one at the chosen moment; fsync may be faster
   than log_run. */
static void append(void *syncs)
{
    int64_t fd = test_open("/quiet", O_CREATE | O_APPEND | O_RDWR);
    for (int i = 0; i < 2; i++) {
        for (int n = 0; i == 1 && moment > 0 && n < 10000; n++) {
            seam_yield();
        }
        CHECK_EQ(sys_call(SYS_write, (uint64_t)fd, (uint64_t) "x", 1), 1);
        if (syncs != NULL) {
            CHECK_EQ(sys_call(SYS_fsync, (uint64_t)fd, 0, 0), 0);
        }
    }
    CHECK_EQ(test_close(fd), 0);
}

/* When there are no more changes, the log's own thread writes everything to the
   disk, leaves nothing to replay, and sleeps. */
static void test_quiet_log(void)
{
    static char disk[BLOCKS * BLOCK];
    static bool yes;
    char back[8];
    seam_set_pages(2048);
    for (int i = 0; i < 400; i++) {
        CHECK_EQ(test_mount(empty, BLOCKS, check_random()), 0);
        struct seam_thread *log = seam_spawn(log_run, NULL);
        seam_spawn(append, i % 2 == 0 ? &yes : NULL);
        moment = 1 + i / 4; // each with two schedules
        seam_on_release(at_release);
        CHECK_EQ(seam_run(), 1);
        seam_on_release(NULL);
        seam_disk_copy(disk);
        check_disk(disk);
        seam_abandon(log);
        CHECK_EQ(test_end(), 0);
        CHECK_EQ(test_mount(disk, BLOCKS, 1), 0);
        int64_t fd = test_open("/quiet", O_RDONLY);
        CHECK_EQ(test_read(fd, back, sizeof(back)), 2);
        CHECK_EQ(test_end(), 0);
    }
}

int main(int argc, char **argv)
{
    check_begin(argc, argv);
    struct image image;
    empty = calloc(BLOCKS, BLOCK);
    CHECK(image_begin(&image, empty, BLOCKS, 5));
    image_end(&image);
    RUN(test_races);
    RUN(test_races_in_little_memory);
    RUN(test_quiet_log);
    free(empty);
    return check_end();
}
