// sources: FS tests/host/fs_work.c
#include "check.h"

#include <string.h>
#include "api/errno.h"
#include "api/fcntl.h"
#include "api/fslog.h"
#include "api/stat.h"
#include "disk/format.h"
#include "disk/log.h"
#include "fs/fs.h"
#include "fs/inode.h"
#include "fs/path.h"
#include "fs_image.h"
#include "fs_work.h"
#include "seam.h"
#include "sys/syscall.h"

/*
 * The file system under faults: every field of the disk changed, every disk
 * read failing in turn, every allocation failing in turn.  Calls may fail then;
 * nothing may crash, hang, leak, or read outside its memory (the sanitizers
 * check that), and afterwards everything works again.
 */
#define BLOCK     4096UL
#define EXPECTED  4 // calls of test_walk that fail on a sound image
#define MUTATIONS 400

static char *image;

/* Mount, walk, unmount; returns the result of mounting. */
static int try_image(uint64_t blocks)
{
    int error = test_mount(image, blocks, check_random());
    if (error == 0) {
        test_walk();
        work_use(check_random());
        test_walk();
    }
    CHECK_EQ(test_end(), 0);
    return error;
}

/* Another value for a word of 4 bytes, in the given way. */
static uint32_t change(uint32_t word, int way)
{
    const struct fs_super *super = (const struct fs_super *)image;
    uint32_t other[] = {0,
                        1,
                        UINT32_MAX,
                        word ^ 1,
                        word + 1,
                        word ^ 0x80000000,
                        (uint32_t)super->blocks,
                        (uint32_t)super->inodes.start,
                        (uint32_t)check_random()};
    return other[way % (int)ARRAY_LENGTH(other)];
}

#define WAYS 9

/* Change each word of [from, from + n) in each way, and try the image. */
static void mutate(uint64_t from, uint64_t n)
{
    for (uint64_t at = from; at < from + n; at += 4) {
        uint32_t *word = (uint32_t *)(image + at);
        uint32_t good = *word;
        for (int way = 0; way < WAYS; way++) {
            *word = change(good, way);
            try_image(TEST_BLOCKS);
        }
        *word = good;
    }
}

/* Update the superblock's checksum. */
static void sum_super(void)
{
    struct fs_super *super = (struct fs_super *)image;
    super->checksum =
        fs_checksum(0, super, offsetof(struct fs_super, checksum));
}

static void test_super_sum(void)
{
    for (uint64_t bit = 0; bit < sizeof(struct fs_super) * 8; bit++) {
        image[bit / 8] ^= (char)(1 << bit % 8);
        CHECK_EQ(try_image(TEST_BLOCKS), -EUCLEAN);
        CHECK(strncmp(seam_message(), "fs: cannot mount", 16) == 0);
        image[bit / 8] ^= (char)(1 << bit % 8);
    }
}

/* The same with a correct checksum, which tests the rules themselves. */
static void test_super_rules(void)
{
    for (uint64_t at = 0; at < offsetof(struct fs_super, checksum); at += 4) {
        uint32_t *word = (uint32_t *)(image + at);
        uint32_t good = *word;
        for (int way = 0; way < WAYS; way++) {
            *word = change(good, way);
            sum_super();
            int error = try_image(TEST_BLOCKS);
            CHECK(error == -EUCLEAN || error == 0);
            CHECK(error == 0 || seam_message()[0] != '\0');
        }
        *word = good;
    }
    sum_super();
}

static void test_short_device(void)
{
    for (uint64_t blocks = 0; blocks < TEST_BLOCKS; blocks += 31) {
        CHECK(try_image(blocks) < 0);
    }
}

static void test_log_not_empty(void)
{
    const struct fs_super *super = (const struct fs_super *)image;
    struct fs_log_descriptor *record =
        (struct fs_log_descriptor *)(image + (super->log.start + 1) * BLOCK);
    record->magic = FS_LOG_DESCRIPTOR;
    record->sequence = 1;
    CHECK_EQ(try_image(TEST_BLOCKS), 0); // nothing to replay
    record->sequence = 2;                // left from an earlier time
    CHECK_EQ(try_image(TEST_BLOCKS), 0);
    memset(record, 0, sizeof(*record));
    mutate(super->log.start * BLOCK, sizeof(struct fs_log_head));
}

static void test_inodes(void)
{
    const struct fs_super *super = (const struct fs_super *)image;
    const struct fs_inode *inode =
        (const struct fs_inode *)(image + super->inodes.start * BLOCK);
    for (uint32_t n = FS_ROOT; n < FS_INODES_PER_BLOCK * 2; n++) {
        if (inode[n].type != FS_FREE) {
            mutate((uint64_t)((const char *)&inode[n] - image), sizeof(*inode));
        }
    }
}

/* Indirect blocks and directories: each used word of the first data blocks. */
static void test_data(void)
{
    const struct fs_super *super = (const struct fs_super *)image;
    static const uint32_t zero[16];
    for (int i = 0; i < MUTATIONS; i++) {
        uint64_t block =
            super->data.start + check_random_below(super->data.count);
        uint64_t at = block * BLOCK + check_random_below(64) * 64;
        if (memcmp(image + at, zero, 64) != 0) {
            mutate(at, 8);
        }
    }
}

/* A block of block numbers that points to itself: it is freed once, and nothing
   else. */
static void test_own_block(void)
{
    static char disk[TEST_BLOCKS * BLOCK];
    const uint64_t *bitmap;
    const struct fs_super *super = (const struct fs_super *)disk;
    struct inode *inode;
    CHECK_EQ(test_mount(image, TEST_BLOCKS, 1), 0);
    int64_t fd = test_open("/own", O_CREATE | O_RDWR);
    uint64_t far = (FS_DIRECT + FS_POINTERS) * BLOCK;
    CHECK_EQ(sys_call(SYS_lseek, (uint64_t)fd, far, SEEK_SET), (int64_t)far);
    CHECK_EQ(sys_call(SYS_write, (uint64_t)fd, (uint64_t) "x", 1), 1);
    CHECK_EQ(path_lookup("/own", &inode), 0);
    uint32_t own = inode->disk.double_indirect;
    inode_put(inode);
    CHECK_EQ(fs_sync(), 0);
    seam_disk_copy(disk);
    CHECK_EQ(test_end(), 0);

    ((uint32_t *)(disk + own * BLOCK))[7] = own;
    CHECK_EQ(test_mount(disk, TEST_BLOCKS, 1), 0);
    CHECK_EQ(sys_call(SYS_unlink, (uint64_t) "/own", 0, 0), 0);
    CHECK_EQ(fs_sync(), 0);
    seam_disk_copy(disk);
    bitmap = (const uint64_t *)(disk + super->bitmap.start * BLOCK);
    CHECK_EQ(bitmap[0] & 1, 1);
    CHECK_EQ(super->orphans, 0);
    CHECK_EQ(test_end(), 0);
}

/* A list of orphans that cannot be followed: nothing may be changed, because
   inodes on the list must not be reused. */
static void test_bad_orphans(void)
{
    struct fs_super *super = (struct fs_super *)image;
    const struct fs_inode *inode =
        (const struct fs_inode *)(image + super->inodes.start * BLOCK);
    super->orphans = FS_ROOT;
    while (inode[super->orphans].type != FS_FREE) {
        super->orphans++;
    }
    sum_super();
    CHECK_EQ(test_mount(image, TEST_BLOCKS, 1), 0);
    CHECK_EQ(sys_call(SYS_mkdir, (uint64_t) "/new", 0, 0), -EROFS);
    CHECK_EQ(test_end(), 0);
    super->orphans = 0;
    sum_super();
}

/* Make a file; 0 or an error. */
static int64_t make_file(const char *path)
{
    int64_t fd = test_open(path, O_CREATE | O_WRONLY);
    return fd < 0 ? fd : test_close(fd);
}

/* A list of free inodes that is circular, or leads to an inode in use or out of
   range: at most one call fails, and no inode is given to two files. */
static void test_bad_free_inodes(void)
{
    static char disk[TEST_BLOCKS * BLOCK];
    struct fs_super *super = (struct fs_super *)disk;
    CHECK_EQ(test_mount(image, TEST_BLOCKS, 1), 0);
    CHECK_EQ(make_file("/a"), 0);
    CHECK_EQ(make_file("/b"), 0);
    CHECK_EQ(sys_call(SYS_unlink, (uint64_t) "/a", 0, 0), 0);
    CHECK_EQ(sys_call(SYS_unlink, (uint64_t) "/b", 0, 0), 0);
    log_finish();
    seam_disk_copy(disk);
    CHECK_EQ(test_end(), 0);
    struct fs_inode *inode =
        (struct fs_inode *)(disk + super->inodes.start * BLOCK);
    uint32_t first = (uint32_t)super->free_inode;
    const uint32_t next[] = {first, FS_ROOT, UINT32_MAX, first - 1, 0};
    for (size_t i = 0; i < ARRAY_LENGTH(next); i++) {
        inode[first].next = next[i];
        CHECK_EQ(test_mount(disk, TEST_BLOCKS, 1), 0);
        CHECK_EQ(make_file("/c"), 0);
        bool is_bad = i < 2;
        CHECK_EQ(make_file("/f"), is_bad ? -EUCLEAN : 0);
        CHECK_EQ(make_file("/f"), 0);
        CHECK_EQ(make_file("/g"), 0);
        CHECK_EQ(fs_sync(), 0);
        CHECK_EQ(test_end(), 0);
    }
}

/* A superblock with too small or too large counts of free blocks or inodes: a
   call searches for what it needs, and a missing one is found out once. */
static void test_bad_counts(void)
{
    static char bytes[16 * BLOCK];
    static char disk[TEST_BLOCKS * BLOCK];
    struct fs_super *super = (struct fs_super *)disk;
    struct statfs st;
    memcpy(disk, image, sizeof(disk));
    super->free_blocks = super->data.count;
    super->free_inodes = 0;
    super->checksum =
        fs_checksum(0, super, offsetof(struct fs_super, checksum));
    CHECK_EQ(test_mount(disk, TEST_BLOCKS, 1), 0);
    int64_t fd = test_open("/large", O_CREATE | O_WRONLY);
    int64_t n;
    do {
        n = sys_call(SYS_write, (uint64_t)fd, (uint64_t)bytes, sizeof(bytes));
    } while (n > 0);
    CHECK_EQ(n, -ENOSPC);
    CHECK_EQ(sys_call(SYS_statfs, (uint64_t)&st, 0, 0), 0);
    CHECK_EQ(st.free_blocks, 0);
    CHECK_EQ(st.free_inodes, 0);
    CHECK_EQ(test_end(), 0);
}

/* Counts at the maximum that mounting allows, although something is in use, are
   not raised beyond it: the disk can be mounted again. */
static void test_high_counts(void)
{
    static char disk[TEST_BLOCKS * BLOCK];
    struct fs_super *super = (struct fs_super *)disk;
    CHECK_EQ(test_mount(image, TEST_BLOCKS, 1), 0);
    int64_t fd = test_open("/victim", O_CREATE | O_WRONLY);
    CHECK_EQ(sys_call(SYS_write, (uint64_t)fd, (uint64_t) "x", 1), 1);
    test_close(fd);
    log_finish();
    seam_disk_copy(disk);
    CHECK_EQ(test_end(), 0);
    super->free_blocks = super->data.count;
    super->free_inodes = format_inodes(super) - 1;
    super->checksum =
        fs_checksum(0, super, offsetof(struct fs_super, checksum));
    CHECK_EQ(test_mount(disk, TEST_BLOCKS, 1), 0);
    CHECK_EQ(sys_call(SYS_unlink, (uint64_t) "/victim", 0, 0), 0);
    log_finish();
    seam_disk_copy(disk);
    CHECK_EQ(test_end(), 0);
    CHECK_EQ(test_mount(disk, TEST_BLOCKS, 1), 0);
    CHECK_EQ(test_end(), 0);
}

/* Bytes past the end of a file, which a mapping stored before a crash, are gone
   when the file grows by truncate or by a write further on. */
static void test_stain(void)
{
    enum { SIZE = 100, STAIN = 200 };
    static const char mark[SIZE] = "the last block of a file";
    static const char zeros[STAIN];
    static char disk[TEST_BLOCKS * BLOCK];
    for (int way = 0; way < 2; way++) {
        char got[BLOCK] = {0};
        CHECK_EQ(test_mount(image, TEST_BLOCKS, 1), 0);
        int64_t fd = test_open("/odd", O_CREATE | O_RDWR);
        CHECK_EQ(sys_call(SYS_write, (uint64_t)fd, (uint64_t)mark, SIZE), SIZE);
        test_close(fd);
        log_finish();
        seam_disk_copy(disk);
        CHECK_EQ(test_end(), 0);
        char *block = disk;
        while (memcmp(block, mark, SIZE) != 0) {
            block += BLOCK; // the sanitizers detect accesses outside the disk
        }
        memset(block + SIZE, 'x', STAIN);
        CHECK_EQ(test_mount(disk, TEST_BLOCKS, 1), 0);
        fd = test_open("/odd", O_RDWR);
        if (way == 1) {
            CHECK_EQ(sys_call(SYS_lseek, (uint64_t)fd, SIZE, SEEK_SET), SIZE);
            CHECK_EQ(sys_call(SYS_write, (uint64_t)fd, (uint64_t)mark, 1), 1);
        }
        CHECK_EQ(sys_call(SYS_ftruncate, (uint64_t)fd, BLOCK, 0), 0);
        sys_call(SYS_lseek, (uint64_t)fd, 0, SEEK_SET);
        CHECK_EQ(test_read(fd, got, BLOCK), BLOCK);
        CHECK(memcmp(got + SIZE + way, zeros, STAIN) == 0);
        test_close(fd);
        CHECK_EQ(test_end(), 0);
    }
}

/* Many random bytes at the same time. */
static void test_random(void)
{
    const struct fs_super *super = (const struct fs_super *)image;
    uint64_t used = (super->data.start + 60) * BLOCK;
    uint64_t first = super->inodes.start * BLOCK;
    char *good = malloc(TEST_BLOCKS * BLOCK);
    memcpy(good, image, TEST_BLOCKS * BLOCK);
    for (int i = 0; i < MUTATIONS; i++) {
        for (uint64_t n = 1 + check_random_below(100); n > 0; n--) {
            uint64_t at = first + check_random_below(used - first);
            image[at] = (char)check_random();
        }
        try_image(TEST_BLOCKS);
        memcpy(image, good, used);
    }
    free(good);
}

/* Walk with the n-th fault from now on, then once more without; returns whether
   the fault occurred. */
static bool try_fault(void (*plan)(uint64_t), uint64_t n)
{
    CHECK_EQ(test_mount(image, TEST_BLOCKS, n), 0);
    plan(n);
    int failed = test_walk();
    bool came = !seam_fault_is_due();
    plan(0);
    CHECK(came || failed == EXPECTED);
    CHECK_EQ(test_walk(), EXPECTED);
    CHECK_EQ(test_end(), 0);
    return came;
}

static void test_read_errors(void)
{
    uint64_t n = 1;
    while (try_fault(seam_fail_read, n)) {
        n++;
    }
    CHECK(n > 40);
}

static void test_no_memory(void)
{
    uint64_t n = 1;
    while (try_fault(seam_fail_alloc, n)) {
        n++;
    }
    CHECK(n > 400);
}

static uint64_t fault;

static void plan_read(void)
{
    seam_fail_read(fault);
}

static void plan_alloc(void)
{
    seam_fail_alloc(fault);
}

/* Faults while mounting: an error, unless the mount did not need it. */
static void test_mount_faults(void)
{
    test_before_mount = plan_read;
    for (fault = 1; fault < 10; fault++) {
        int error = test_mount(image, TEST_BLOCKS, fault);
        CHECK_EQ(error, test_fault_came ? -EIO : 0);
        CHECK_EQ(test_end(), 0);
    }
    test_before_mount = plan_alloc;
    for (fault = 1; fault < 20; fault++) {
        int error = test_mount(image, TEST_BLOCKS, fault);
        CHECK_EQ(error, test_fault_came ? -ENOMEM : 0);
        CHECK_EQ(test_end(), 0);
    }
    test_before_mount = NULL;
}

/* Read block `index` of an open file; returns the result, and in *blocks how
   many blocks were read from the disk for it. */
static int64_t read_block(int64_t fd, uint64_t index, uint64_t *blocks)
{
    static char bytes[BLOCK];
    uint64_t before = seam_disk_reads();
    sys_call(SYS_lseek, (uint64_t)fd, index * BLOCK, SEEK_SET);
    int64_t got = test_read(fd, bytes, BLOCK);
    *blocks = seam_disk_reads() - before;
    return got;
}

/* A file is read ahead only where it is read sequentially; and an unreadable
   block does not affect the others that are read with it. */
static void test_read_ahead(void)
{
    enum { LENGTH = 12, BAD = 5 };
    static char disk[TEST_BLOCKS * BLOCK];
    static char bytes[LENGTH * BLOCK];
    struct inode *inode;
    uint64_t blocks;
    CHECK_EQ(test_mount(image, TEST_BLOCKS, 1), 0);
    int64_t fd = test_open("/ahead", O_CREATE | O_RDWR);
    CHECK_EQ(sys_call(SYS_write, (uint64_t)fd, (uint64_t)bytes, sizeof(bytes)),
             sizeof(bytes));
    CHECK_EQ(fs_sync(), 0);
    CHECK_EQ(path_lookup("/ahead", &inode), 0);
    uint64_t bad = inode->disk.direct[BAD];
    inode_put(inode);
    seam_disk_copy(disk);
    CHECK_EQ(test_end(), 0);

    for (int fails = 0; fails <= 1; fails++) {
        CHECK_EQ(test_mount(disk, TEST_BLOCKS, 1), 0);
        fd = test_open("/ahead", O_RDONLY);
        seam_fail_block(fails ? bad : 0);
        for (uint64_t i = 0; i < LENGTH; i++) {
            int64_t result = fails && i == BAD ? -EIO : (int64_t)BLOCK;
            CHECK_EQ(read_block(fd, i, &blocks), result);
            CHECK(fails || blocks == (i == 0 ? LENGTH : 0));
        }
        seam_no_faults();
        CHECK_EQ(read_block(fd, BAD, &blocks), BLOCK);
        CHECK_EQ(test_end(), 0);
    }
    CHECK_EQ(test_mount(disk, TEST_BLOCKS, 1), 0);
    fd = test_open("/ahead", O_RDONLY);
    CHECK_EQ(read_block(fd, 3, &blocks), BLOCK);
    CHECK_EQ(blocks, 1);
    CHECK_EQ(read_block(fd, 1, &blocks), BLOCK);
    CHECK_EQ(blocks, 1);
    CHECK_EQ(read_block(fd, 4, &blocks), BLOCK);
    CHECK_EQ(blocks, LENGTH - 4);
    CHECK_EQ(test_end(), 0);
}

int main(int argc, char **argv)
{
    check_begin(argc, argv);
    seam_set_pages(300);
    image = test_image();
    RUN(test_super_sum);
    RUN(test_super_rules);
    RUN(test_short_device);
    RUN(test_log_not_empty);
    RUN(test_inodes);
    RUN(test_data);
    RUN(test_own_block);
    RUN(test_bad_orphans);
    RUN(test_bad_free_inodes);
    RUN(test_bad_counts);
    RUN(test_high_counts);
    RUN(test_stain);
    RUN(test_random);
    RUN(test_mount_faults);
    RUN(test_read_errors);
    RUN(test_read_ahead);
    RUN(test_no_memory);
    free(image);
    return check_end();
}
