// sources: FS mkfs/check.c mkfs/view.c
#include "check.h"

#include <string.h>
#include "../../mkfs/check.h"
#include "api/errno.h"
#include "api/fcntl.h"
#include "api/limits.h"
#include "api/stat.h"
#include "disk/log.h"
#include "fs/fdtable.h"
#include "fs/fs.h"
#include "fs/inode.h"
#include "fs_image.h"
#include "proc/proc.h"
#include "seam.h"
#include "sys/syscall.h"

/*
 * Limits: the last inode, the last block, the last link, the last byte of a
 * file, and very many names and open files.  Each time one call too many fails
 * with the right error, and fsck finds nothing.
 */
#define BLOCK  4096UL
#define BLOCKS 2048

static char *empty;
static char disk[BLOCKS * BLOCK];

static void begin(const char *base)
{
    CHECK_EQ(test_mount(base, BLOCKS, 1), 0);
}

/* Unmount, keep the disk, and check it with fsck. */
static void end(void)
{
    log_finish();
    seam_disk_copy(disk);
    CHECK_EQ(check_image(disk, BLOCKS, stdout), 0);
    CHECK_EQ(test_end(), 0);
}

static int64_t call1(uint64_t call, const char *path)
{
    return sys_call(call, (uint64_t)path, 0, 0);
}

static const char *name_of(const char *kind, int n)
{
    static char name[32];
    snprintf(name, sizeof(name), "%s%d", kind, n);
    return name;
}

/* Inodes run out before blocks do. */
static void test_inodes_full(void)
{
    struct statfs counts;
    begin(empty);
    CHECK_EQ(sys_call(SYS_statfs, (uint64_t)&counts, 0, 0), 0);
    int n = (int)counts.free_inodes;
    for (int i = 0; i < n; i++) {
        CHECK_EQ(sys_call(SYS_mknod, (uint64_t)name_of("n", i), 2, 0), 0);
    }
    CHECK_EQ(sys_call(SYS_mknod, (uint64_t) "one", 2, 0), -ENOSPC);
    CHECK_EQ(test_open("two", O_CREATE | O_WRONLY), -ENOSPC);
    CHECK_EQ(call1(SYS_mkdir, "three"), -ENOSPC);
    CHECK_EQ(sys_call(SYS_link, (uint64_t)name_of("n", 5), (uint64_t) "l", 0),
             0); // takes none
    CHECK_EQ(call1(SYS_unlink, name_of("n", 7)), 0);
    CHECK_EQ(call1(SYS_mkdir, "three"), 0);
    CHECK_EQ(sys_call(SYS_statfs, (uint64_t)&counts, 0, 0), 0);
    CHECK_EQ(counts.free_inodes, 0);
    end();
}

/* Blocks run out: for a file, for a directory, and so for new names. */
static void test_blocks_full(void)
{
    static char bytes[16 * BLOCK];
    struct statfs counts;
    begin(empty);
    int64_t fd = test_open("large", O_CREATE | O_WRONLY);
    int64_t n;
    do {
        n = sys_call(SYS_write, (uint64_t)fd, (uint64_t)bytes, sizeof(bytes));
    } while (n > 0);
    CHECK_EQ(n, -ENOSPC);
    CHECK_EQ(sys_call(SYS_statfs, (uint64_t)&counts, 0, 0), 0);
    CHECK(counts.free_blocks < 3);
    int names = 0;
    while (sys_call(SYS_mknod, (uint64_t)name_of("n", names), 2, 0) == 0) {
        names++;
    }
    CHECK_EQ((names + 2) % 64, 0); // with "node" and "large" whole blocks
    CHECK_EQ(call1(SYS_unlink, name_of("n", 0)), 0);
    CHECK_EQ(sys_call(SYS_mknod, (uint64_t) "again", 2, 0), 0);
    CHECK_EQ(sys_call(SYS_ftruncate, (uint64_t)fd, 100 * BLOCK, 0), 0);
    // What was freed just now can be had at once.
    int64_t other = test_open("other", O_CREATE | O_WRONLY);
    CHECK_EQ(
        sys_call(SYS_write, (uint64_t)other, (uint64_t)bytes, sizeof(bytes)),
        sizeof(bytes));
    end();
}

/* A file has at most 2^32 - 1 names. */
static void test_links_full(void)
{
    struct stat st;
    begin(empty);
    test_close(test_open("file", O_CREATE | O_WRONLY));
    log_finish();
    seam_disk_copy(disk);
    CHECK_EQ(test_end(), 0);
    const struct fs_super *super = (const struct fs_super *)disk;
    struct fs_inode *inodes =
        (struct fs_inode *)(disk + super->inodes.start * BLOCK);
    inodes[FS_ROOT + 2].links = UINT32_MAX - 1; // after "node"
    begin(disk);
    CHECK_EQ(sys_call(SYS_link, (uint64_t) "file", (uint64_t) "a", 0), 0);
    CHECK_EQ(sys_call(SYS_link, (uint64_t) "file", (uint64_t) "b", 0), -EMLINK);
    int64_t fd = test_open("file", O_RDONLY);
    CHECK_EQ(sys_call(SYS_fstat, (uint64_t)fd, (uint64_t)&st, 0), 0);
    CHECK_EQ(st.nlink, INT16_MAX);
    CHECK_EQ(call1(SYS_unlink, "a"), 0);
    CHECK_EQ(test_end(), 0);
}

/* A byte at each boundary of the block map, in one sparse file. */
static void test_file_edges(void)
{
    const uint64_t direct = FS_DIRECT * BLOCK;
    const uint64_t indirect = direct + FS_POINTERS * BLOCK;
    const uint64_t edge[] = {0,
                             BLOCK,
                             direct,
                             direct + BLOCK,
                             indirect,
                             indirect + FS_POINTERS * BLOCK,
                             indirect + 512 * FS_POINTERS * BLOCK,
                             FS_FILE_MAX};
    begin(empty);
    int64_t fd = test_open("sparse", O_CREATE | O_RDWR);
    for (size_t i = 0; i < ARRAY_LENGTH(edge); i++) {
        for (int64_t at = (int64_t)edge[i] - 1; at <= (int64_t)edge[i]; at++) {
            char c = (char)(i + 1);
            char back = 0;
            if (at < 0) {
                continue;
            }
            CHECK_EQ(sys_call(SYS_lseek, (uint64_t)fd, (uint64_t)at, 0), at);
            bool past = (uint64_t)at >= FS_FILE_MAX;
            CHECK_EQ(sys_call(SYS_write, (uint64_t)fd, (uint64_t)&c, 1),
                     past ? -EFBIG : 1);
            CHECK_EQ(sys_call(SYS_lseek, (uint64_t)fd, (uint64_t)at, 0), at);
            CHECK_EQ(test_read(fd, &back, 1), past ? 0 : 1);
            CHECK_EQ(back, past ? 0 : c);
        }
    }
    end();
    begin(disk); // and back, boundary by boundary
    fd = test_open("sparse", O_RDWR);
    for (size_t i = ARRAY_LENGTH(edge); i-- > 0;) {
        CHECK_EQ(sys_call(SYS_ftruncate, (uint64_t)fd, edge[i], 0), 0);
        log_finish();
        seam_disk_copy(disk);
        CHECK_EQ(check_image(disk, BLOCKS, stdout), 0);
    }
    end();
}

/* Ten thousand names in a directory: each is found, no duplicate is created,
   and free entries are reused. */
static void test_many_names(void)
{
    enum { NAMES = 10000 };
    struct stat st;
    begin(empty);
    for (int i = 0; i < NAMES; i++) {
        CHECK_EQ(
            sys_call(SYS_link, (uint64_t) "node", (uint64_t)name_of("a", i), 0),
            0);
    }
    CHECK_EQ(
        sys_call(SYS_link, (uint64_t) "node", (uint64_t)name_of("a", 77), 0),
        -EEXIST);
    for (int i = 0; i < NAMES; i += 3) {
        CHECK_EQ(call1(SYS_unlink, name_of("a", i)), 0);
    }
    for (int i = 0; i < NAMES; i += 3) {
        CHECK_EQ(
            sys_call(SYS_link, (uint64_t) "node", (uint64_t)name_of("b", i), 0),
            0);
    }
    int64_t fd = test_open("/", O_RDONLY);
    CHECK_EQ(sys_call(SYS_fstat, (uint64_t)fd, (uint64_t)&st, 0), 0);
    CHECK_EQ(st.size, round_up((NAMES + 1) * 64, BLOCK));
    end();
}

/* As many open files as two processes may have. */
static void open_many(void *count)
{
    proc_current()->cwd = fs_root();
    proc_current()->files = fdtable_create();
    while (test_open("node2", O_RDONLY | O_CREATE) >= 0) {
        ++*(int *)count;
        seam_yield();
    }
    CHECK_EQ(test_open("other", O_RDONLY | O_CREATE), -EMFILE);
    CHECK_EQ(test_open("other", O_RDONLY), -EMFILE); // and none was created
    fdtable_put(proc_current()->files);
    inode_put(proc_current()->cwd);
}

static void test_many_files(void)
{
    int count = 0;
    begin(empty);
    seam_spawn(open_many, &count);
    seam_spawn(open_many, &count);
    CHECK_EQ(seam_run(), 0);
    CHECK_EQ(count, 2 * NOFILE);
    CHECK_EQ(test_open("other", O_RDONLY), -ENOENT);
    end();
}

int main(int argc, char **argv)
{
    check_begin(argc, argv);
    seam_set_pages(3000);
    empty = test_empty_image(BLOCKS);
    RUN(test_inodes_full);
    RUN(test_blocks_full);
    RUN(test_links_full);
    RUN(test_file_edges);
    RUN(test_many_names);
    RUN(test_many_files);
    free(empty);
    return check_end();
}
