// sources: FS mkfs/check.c mkfs/view.c
#include "check.h"

#include <string.h>
#include "../../mkfs/check.h"
#include "api/errno.h"
#include "api/fcntl.h"
#include "disk/alloc.h"
#include "disk/bcache.h"
#include "disk/volume.h"
#include "fs/inode_io.h"
#include "fs/fs.h"
#include "fs/inode.h"
#include "fs/path.h"
#include "fs/tree.h"
#include "fs_image.h"
#include "mm/page.h"
#include "vm/pager.h"
#include "seam.h"
#include "sys/syscall.h"

/*
 * Events at just the wrong moment: each test here reproduces one order of
 * events that has gone wrong before.
 */
#define BLOCK  4096UL
#define BLOCKS 256

static char *empty; // its free blocks hold a secret
static char disk[BLOCKS * BLOCK];
static char bytes[30 * BLOCK];

static int64_t put(int64_t fd, uint64_t n)
{
    return sys_call(SYS_write, (uint64_t)fd, (uint64_t)bytes, n);
}

static uint64_t blocks_free(void)
{
    uint64_t blocks;
    uint64_t inodes;
    alloc_count(&blocks, &inodes);
    return blocks;
}

/* Crash now: mount a copy of the disk, and check it with fsck. */
static void crash(void)
{
    seam_disk_copy(disk);
    test_end();
    CHECK_EQ(test_mount(disk, BLOCKS, 1), 0);
    static char copy[BLOCKS * BLOCK];
    seam_disk_copy(copy);
    CHECK_EQ(check_image(copy, BLOCKS, stdout), 0);
}

static int64_t victim;

static void truncate_victim(void)
{
    CHECK_EQ(sys_call(SYS_ftruncate, (uint64_t)victim, 0, 0), 0);
}

/* A file is truncated while the transaction that wrote it is being
   committed: the committed file has its own contents, not the old contents
   of the blocks. */
static void test_freed_while_committed(void)
{
    memset(bytes, 'A', sizeof(bytes));
    CHECK_EQ(test_mount(empty, BLOCKS, 1), 0);
    int64_t other = test_open("/other", O_CREATE | O_RDWR);
    victim = test_open("/file", O_CREATE | O_RDWR);
    CHECK_EQ(fs_sync(), 0);
    CHECK_EQ(put(other, 20 * BLOCK), 20 * BLOCK);
    CHECK_EQ(put(victim, 5 * BLOCK), 5 * BLOCK);
    seam_on_write(truncate_victim);
    CHECK_EQ(sys_call(SYS_fsync, (uint64_t)victim, 0, 0), 0);
    crash();
    int64_t fd = test_open("/file", O_RDONLY);
    memset(bytes, 0, sizeof(bytes));
    CHECK_EQ(test_read(fd, bytes, sizeof(bytes)), 5 * BLOCK);
    CHECK_EQ(bytes[0], 'A');
    CHECK_EQ(memcmp(bytes, bytes + 1, 5 * BLOCK - 1), 0);
    CHECK_EQ(test_end(), 0);
}

/* Two writers compete for the last block.  The first one needs one more block,
   so it frees the block; at that moment the second one takes it. */
static int phase; // 1: the first may write; 2: the second; 3: done
static int releases;
static int64_t first_fd, second_fd, first_result, second_result;
static char letters[BLOCK];

static void after_release(const char *name)
{
    if (phase == 1 && strcmp(name, "alloc") == 0 && ++releases == 3) {
        phase = 2;
        while (phase == 2) {
            seam_yield();
        }
    }
}

static void write_first(void *unused)
{
    (void)unused;
    phase = 1;
    first_result = put(first_fd, BLOCK);
    phase = phase < 3 ? 2 : 3; // if there was no third release
}

static void write_second(void *unused)
{
    (void)unused;
    while (phase != 2) {
        seam_yield();
    }
    second_result =
        sys_call(SYS_write, (uint64_t)second_fd, (uint64_t)letters, BLOCK);
    phase = 3;
}

static void test_undo_and_take(void)
{
    char got[BLOCK];
    memset(letters, 'B', sizeof(letters));
    CHECK_EQ(test_mount(empty, BLOCKS, 1), 0);
    first_fd = test_open("/first", O_CREATE | O_RDWR);
    second_fd = test_open("/second", O_CREATE | O_RDWR);
    int64_t filler = test_open("/filler", O_CREATE | O_RDWR);
    CHECK_EQ(put(first_fd, 20 * BLOCK), 20 * BLOCK); // next: indirect
    while (blocks_free() > 1 && put(filler, BLOCK) == (int64_t)BLOCK) {}
    CHECK_EQ(blocks_free(), 1);
    CHECK_EQ(fs_sync(), 0);
    phase = releases = 0;
    seam_on_release(after_release);
    seam_spawn(write_first, NULL);
    seam_spawn(write_second, NULL);
    CHECK_EQ(seam_run(), 0);
    seam_on_release(NULL);
    CHECK_EQ(first_result, -ENOSPC);
    CHECK_EQ(second_result, BLOCK);
    CHECK_EQ(fs_sync(), 0);
    crash();
    int64_t fd = test_open("/second", O_RDONLY);
    CHECK_EQ(test_read(fd, got, BLOCK), BLOCK);
    CHECK_EQ(memcmp(got, letters, BLOCK), 0);
    CHECK_EQ(test_end(), 0);
}

/* Each read fails while mounting frees the blocks of an orphan. */
static void test_orphan_unreadable(void)
{
    static char base[BLOCKS * BLOCK];
    for (int links = 0; links <= 1; links++) {
        struct image image;
        memset(base, 0, sizeof(base));
        CHECK(image_begin(&image, base, BLOCKS, 5));
        uint32_t number = image_create(&image, FS_ROOT, "big", FS_FILE);
        CHECK(image_write(&image, number, 0, bytes, sizeof(bytes)));
        image_inode(&image, number)->size = 0;
        image_inode(&image, number)->links = (uint32_t)links;
        image.super->orphans = number;
        image_end(&image);
        for (uint64_t n = 1; n < 40; n++) {
            seam_reset(n);
            fs_init();
            struct block_device *dev = seam_disk(base, BLOCKS);
            seam_fail_read(n);
            int error = fs_mount(dev);
            CHECK(error == 0 || error == -EIO);
            seam_no_faults();
        }
    }
}

/* Remove a name from the root of an image, and nothing else. */
static void remove_name(struct image *image, const char *name)
{
    struct fs_dirent *entry =
        (void *)(image->base + image_inode(image, FS_ROOT)->direct[0] * BLOCK);
    while (strcmp(entry->name, name) != 0) {
        entry++;
    }
    memset(entry, 0, sizeof(*entry));
}

/* A crash after a removed symbolic link had freed its block, but before it had
   freed its inode. */
static void test_orphan_link(void)
{
    static char base[BLOCKS * BLOCK];
    struct image image;
    memset(base, 0, sizeof(base));
    CHECK(image_begin(&image, base, BLOCKS, 5));
    uint32_t number = image_create(&image, FS_ROOT, "link", FS_SYMLINK);
    image_inode(&image, number)->links = 0;
    image.super->orphans = number;
    remove_name(&image, "link");
    image_end(&image);
    CHECK_EQ(check_image(base, BLOCKS, stdout), 0);
    CHECK_EQ(test_mount(base, BLOCKS, 1), 0);
    CHECK(test_open("/new", O_CREATE | O_RDWR) >= 0);
    CHECK_EQ(fs_sync(), 0);
    crash();
    CHECK_EQ(volume.super.orphans, 0);
    CHECK_EQ(test_end(), 0);
}

/* Files are created and removed before any commit: their blocks do not take the
   space of a write, which would have to be split in two. */
static void test_freed_blocks_wait(void)
{
    for (int files = 0; files < 12; files++) {
        CHECK_EQ(test_mount(empty, BLOCKS, 1), 0);
        for (int i = 0; i <= files; i++) {
            sys_call(SYS_unlink, (uint64_t) "/file", 0, 0);
            int64_t fd = test_open("/file", O_CREATE | O_RDWR);
            CHECK_EQ(put(fd, sizeof(bytes)), sizeof(bytes));
            CHECK_EQ(test_close(fd), 0);
        }
        seam_disk_copy(disk);
        test_end();
        CHECK_EQ(test_mount(disk, BLOCKS, 1), 0);
        int64_t fd = test_open("/file", O_RDONLY);
        int64_t n = fd >= 0 ? test_read(fd, bytes, sizeof(bytes)) : 0;
        CHECK(n == 0 || n == sizeof(bytes));
        CHECK_EQ(test_end(), 0);
    }
}

/* A hole of a file cannot be mapped for writing on a read-only disk, because
   the page of zeros is shared. */
static void test_hole_cannot_be_shared(void)
{
    struct inode *inode;
    struct page *page;
    CHECK_EQ(test_mount(empty, BLOCKS, 1), 0);
    int64_t fd = test_open("/hole", O_CREATE | O_RDWR);
    CHECK_EQ(sys_call(SYS_ftruncate, (uint64_t)fd, BLOCK, 0), 0);
    seam_fail_write(1, true);
    CHECK_EQ(fs_sync(), -EIO);
    CHECK_EQ(path_lookup("/hole", &inode), 0);
    struct pager *pager = &inode->pager;
    CHECK_EQ(pager->ops->get_shared(pager, 0, &page), -EROFS);
    inode_put(inode);
    CHECK_EQ(test_end(), 0);
}

/* Bytes that a mapping stores past the end of a file are not part of the file,
   and do not become part of it when the file grows, before or after the page is
   written back. */
static void test_stores_past_the_end(void)
{
    struct inode *inode;
    struct page *page;
    char got[300];
    memset(bytes, 'A', sizeof(bytes));
    for (int writeback = 0; writeback <= 1; writeback++) {
        CHECK_EQ(test_mount(empty, BLOCKS, 1), 0);
        int64_t fd = test_open("/m", O_CREATE | O_RDWR);
        CHECK_EQ(put(fd, 100), 100);
        CHECK_EQ(path_lookup("/m", &inode), 0);
        struct pager *pager = &inode->pager;
        CHECK_EQ(pager->ops->get_shared(pager, 0, &page), 0);
        pager->ops->unlock(pager);
        memset((char *)page_address(page) + 100, 'Z', 150);
        if (writeback) {
            CHECK_EQ(pager->ops->writeback(pager, 0, page), 0);
        }
        page_put(page);
        CHECK_EQ(sys_call(SYS_ftruncate, (uint64_t)fd, 200, 0), 0);
        CHECK_EQ(put(fd, 10), 10);
        CHECK_EQ(sys_call(SYS_lseek, (uint64_t)fd, 0, SEEK_SET), 0);
        CHECK_EQ(test_read(fd, got, sizeof(got)), 200);
        CHECK_EQ(got[109], 'A');
        CHECK_EQ(got[110], 0);
        CHECK_EQ(got[199], 0);
        CHECK_EQ(fs_sync(), 0);
        inode_put(inode);
        crash();
        CHECK_EQ(test_end(), 0);
    }
}

/* Blocks so far apart that each needs its own indirect block. */
enum { FAR = 8 << 20, APART = 4 << 20, SPOTS = 30 };

/* A file that has lost its last name, and then its contents in several
   operations, keeps its inode number: no other file gets it. */
static void test_truncate_without_name(void)
{
    struct inode *inode;
    CHECK_EQ(test_mount(empty, BLOCKS, 1), 0);
    int64_t fd = test_open("/old", O_CREATE | O_RDWR);
    for (uint64_t i = 0; i < SPOTS; i++) {
        CHECK(sys_call(SYS_lseek, (uint64_t)fd, FAR + i * APART, SEEK_SET) > 0);
        CHECK_EQ(put(fd, 100), 100);
    }
    CHECK_EQ(fs_sync(), 0);
    CHECK_EQ(path_lookup("/old", &inode), 0);
    uint32_t number = inode->number;
    inode_put(inode);
    CHECK_EQ(tree_unlink("/old", false), 0);
    CHECK_EQ(sys_call(SYS_ftruncate, (uint64_t)fd, 0, 0), 0);
    int64_t other = test_open("/new", O_CREATE | O_RDWR);
    CHECK_EQ(path_lookup("/new", &inode), 0);
    CHECK(inode->number != number);
    inode_put(inode);
    CHECK_EQ(sys_call(SYS_close, (uint64_t)other, 0, 0), 0);
    CHECK_EQ(sys_call(SYS_lseek, (uint64_t)fd, 0, SEEK_SET), 0);
    CHECK_EQ(put(fd, 100), 100);
    CHECK_EQ(sys_call(SYS_close, (uint64_t)fd, 0, 0), 0);
    CHECK_EQ(fs_sync(), 0);
    fs_trim();
    CHECK_EQ(test_end(), 0);
}

/* Creating an existing name atomically returns the existing file.  So a file
   that others create and remove meanwhile can still be opened. */
static void test_create_what_is_there(void)
{
    static const struct fs_inode file = {.type = FS_FILE};
    struct inode *inode = NULL;
    struct inode *found;
    CHECK_EQ(test_mount(empty, BLOCKS, 1), 0);
    CHECK_EQ(tree_create("/f", &file, NULL, &inode), 0);
    CHECK_EQ(tree_create("/f", &file, NULL, &found), -EEXIST);
    CHECK(found == inode);
    inode_put(found);
    inode_put(inode);
    CHECK_EQ(tree_create("/.", &file, NULL, &found), -EEXIST);
    CHECK(found == NULL);
    CHECK_EQ(test_end(), 0);
}

/* A mapped page is written back after its file got a different block: nothing
   happens, and that block is not even read. */
static void test_writeback_late(void)
{
    struct inode *inode;
    struct page *page;
    CHECK_EQ(test_mount(empty, BLOCKS, 1), 0);
    int64_t fd = test_open("/m", O_CREATE | O_RDWR);
    CHECK_EQ(put(fd, 100), 100);
    CHECK_EQ(path_lookup("/m", &inode), 0);
    CHECK_EQ(inode->pager.ops->get_shared(&inode->pager, 0, &page), 0);
    inode->pager.ops->unlock(&inode->pager);
    CHECK_EQ(sys_call(SYS_ftruncate, (uint64_t)fd, 0, 0), 0);
    CHECK_EQ(fs_sync(), 0);
    CHECK_EQ(sys_call(SYS_lseek, (uint64_t)fd, 0, SEEK_SET), 0);
    CHECK_EQ(put(fd, 100), 100);
    CHECK_EQ(fs_sync(), 0);
    bcache_reclaim(BLOCKS);
    seam_fail_read(1);
    CHECK_EQ(inode->pager.ops->writeback(&inode->pager, 0, page), 0);
    seam_no_faults();
    page_put(page);
    inode_put(inode);
    CHECK_EQ(test_end(), 0);
}

static int64_t shared_fd;

static void read_shared(void *unused)
{
    (void)unused;
    test_read(shared_fd, bytes, BLOCK);
}

static void cut_other(void *unused)
{
    (void)unused;
    sys_call(SYS_truncate, (uint64_t) "/b", 0, 0);
}

/* On a damaged disk two files have the same block.  One frees it while it is
   being read for the other, and the read fails. */
static void test_freed_while_read(void)
{
    static char base[BLOCKS * BLOCK];
    struct image image;
    memset(base, 0, sizeof(base));
    CHECK(image_begin(&image, base, BLOCKS, 5));
    uint32_t a = image_create(&image, FS_ROOT, "a", FS_FILE);
    uint32_t b = image_create(&image, FS_ROOT, "b", FS_FILE);
    CHECK(image_write(&image, a, 0, bytes, 4 * BLOCK));
    CHECK(image_write(&image, b, 0, bytes, BLOCK));
    uint32_t shared = image_inode(&image, a)->direct[0];
    image_inode(&image, b)->direct[0] = shared;
    image_end(&image);
    for (int i = 0; i < 300; i++) {
        CHECK_EQ(test_mount(base, BLOCKS, check_random()), 0);
        shared_fd = test_open("/a", O_RDONLY);
        seam_fail_block(shared);
        seam_spawn(read_shared, NULL);
        seam_spawn(cut_other, NULL);
        CHECK_EQ(seam_run(), 0);
        seam_no_faults();
        test_end();
    }
}

int main(int argc, char **argv)
{
    check_begin(argc, argv);
    seam_set_pages(8192); // so that two writes fit into one transaction
    struct image image;
    empty = calloc(BLOCKS, BLOCK);
    CHECK(image_begin(&image, empty, BLOCKS, 5));
    image_end(&image);
    for (uint64_t block = image.super->data.start + 5; block < BLOCKS;
         block++) {
        memset(empty + block * BLOCK, 'S', BLOCK);
    }
    RUN(test_freed_while_committed);
    RUN(test_undo_and_take);
    RUN(test_orphan_unreadable);
    RUN(test_orphan_link);
    RUN(test_freed_while_read);
    RUN(test_freed_blocks_wait);
    RUN(test_hole_cannot_be_shared);
    RUN(test_stores_past_the_end);
    RUN(test_truncate_without_name);
    RUN(test_create_what_is_there);
    RUN(test_writeback_late);
    free(empty);
    return check_end();
}
