// sources: FS mkfs/check.c mkfs/view.c tests/host/fs_work.c
#include "check.h"

#include <string.h>
#include "../../mkfs/check.h"
#include "api/errno.h"
#include "api/fcntl.h"
#include "disk/alloc.h"
#include "disk/log.h"
#include "fs/fs.h"
#include "fs_image.h"
#include "fs_work.h"
#include "seam.h"
#include "sys/syscall.h"

/*
 * Nothing is left half done.  With no block free, or one, two, or three, and
 * with each allocation failing in turn, a call either fails and changes
 * nothing, or its result can be used.
 */
#define BLOCK  4096UL
#define BLOCKS 256
#define FREE   4 // free blocks, plus one
#define FAULTS 300

static char *image; // with a file, and a full directory
static char bytes[BLOCK];

static int64_t call2(uint64_t call, const char *a, const char *b)
{
    return sys_call(call, (uint64_t)a, (uint64_t)b, 0);
}

/* Whether a name can be created in it, listed, and removed. */
static bool can_use_directory(const char *path)
{
    char name[64];
    snprintf(name, sizeof(name), "%s/name", path);
    return call2(SYS_link, "/file", name) == 0 &&
           call2(SYS_unlink, name, NULL) == 0 &&
           call2(SYS_rmdir, path, NULL) == 0;
}

/* Whether a descriptor's file exists and is empty. */
static bool is_open(int64_t fd)
{
    return test_read(fd, bytes, 1) == 0 && test_close(fd) == 0;
}

/* ---- calls; each returns what the call does, and leaves what it made ---- */

static int64_t make_directory(void)
{
    return call2(SYS_mkdir, "/new", NULL);
}

static int64_t make_directory_in_full(void)
{
    return call2(SYS_mkdir, "/full/new", NULL);
}

static int64_t make_file(void)
{
    return test_open("/new", O_CREATE | O_RDONLY);
}

static int64_t make_file_in_full(void)
{
    return test_open("/full/new", O_CREATE | O_RDONLY);
}

static int64_t make_node(void)
{
    return sys_call(SYS_mknod, (uint64_t) "/full/new", 2, 0);
}

static int64_t make_link(void)
{
    return call2(SYS_link, "/file", "/full/new");
}

static int64_t make_symlink(void)
{
    return call2(SYS_symlink, "/file", "/full/new");
}

static int64_t move_name(void)
{
    return call2(SYS_rename, "/file", "/full/new");
}

static int64_t move_over(void)
{
    return call2(SYS_rename, "/file", "/full/n1");
}

static int64_t cut_file(void)
{
    return sys_call(SYS_truncate, (uint64_t) "/file", 10, 0);
}

/* The first block after those that an inode points to. */
static int64_t write_far(void)
{
    int64_t fd = test_open("/file", O_WRONLY);
    if (fd < 0) {
        return fd;
    }
    sys_call(SYS_lseek, (uint64_t)fd, (FS_DIRECT + FS_POINTERS) * BLOCK, 0);
    int64_t n = sys_call(SYS_write, (uint64_t)fd, (uint64_t)bytes, BLOCK);
    test_close(fd);
    return n;
}

static bool is_directory_good(int64_t unused)
{
    (void)unused;
    return can_use_directory("/new");
}

static bool is_directory_in_full_good(int64_t unused)
{
    (void)unused;
    return can_use_directory("/full/new");
}

static bool has_new(int64_t unused)
{
    (void)unused;
    return call2(SYS_unlink, "/full/new", NULL) == 0;
}

static bool is_done(int64_t result)
{
    return result == 0;
}

static bool is_written(int64_t result)
{
    return result == BLOCK;
}

static const struct {
    const char *name;
    int64_t (*call)(void);
    bool (*is_good)(int64_t result);
} calls[] = {
    {"mkdir", make_directory, is_directory_good},
    {"mkdir in a full directory", make_directory_in_full,
     is_directory_in_full_good},
    {"create", make_file, is_open},
    {"create in a full directory", make_file_in_full, is_open},
    {"mknod", make_node, has_new},
    {"link", make_link, has_new},
    {"symlink", make_symlink, has_new},
    {"rename", move_name, has_new},
    {"rename over", move_over, is_done},
    {"truncate", cut_file, is_done},
    {"write", write_far, is_written},
};

/* ---- trying them -------------------------------------------------------- */

static uint64_t blocks_free(void)
{
    uint64_t blocks;
    uint64_t inodes;
    alloc_count(&blocks, &inodes);
    return blocks;
}

/* Fill the disk until that many blocks are free. */
static void fill(uint64_t left)
{
    int64_t fd = test_open("/filler", O_WRONLY | O_CREATE);
    while (blocks_free() > left &&
           sys_call(SYS_write, (uint64_t)fd, (uint64_t)bytes, BLOCK) > 0) {}
    test_close(fd);
    CHECK_EQ(blocks_free(), left);
    CHECK_EQ(fs_sync(), 0);
}

/* Try a call; returns whether an allocation failed. */
static bool try_call(size_t i, uint64_t left, uint64_t fault)
{
    static char disk[BLOCKS * BLOCK];
    CHECK_EQ(test_mount(image, BLOCKS, 1), 0);
    fill(left);
    uint64_t before = work_digest();
    seam_fail_alloc(fault);
    int64_t result = calls[i].call();
    bool came = !seam_fault_is_due();
    seam_no_faults();
    CHECK_EQ(fs_sync(), 0);
    bool good = result < 0
                    ? work_digest() == before && blocks_free() == left &&
                          (result == -ENOSPC || (result == -ENOMEM && came))
                    : calls[i].is_good(result);
    if (!good) {
        printf("%s, %d blocks free, allocation %d fails: %d\n", calls[i].name,
               (int)left, (int)fault, (int)result);
    }
    CHECK(good);
    log_finish();
    seam_disk_copy(disk);
    CHECK_EQ(check_image(disk, BLOCKS, stdout), 0);
    CHECK_EQ(test_end(), 0);
    return came;
}

static void test_calls(void)
{
    for (size_t i = 0; i < ARRAY_LENGTH(calls); i++) {
        for (uint64_t left = 0; left < FREE; left++) {
            uint64_t fault = 0; // none
            try_call(i, left, fault++);
            while (try_call(i, left, fault) && fault < FAULTS) {
                fault++;
            }
            CHECK(fault < FAULTS);
        }
    }
}

/* A directory made by mkfs can be used on a full disk, too. */
static void test_directory_of_mkfs(void)
{
    CHECK_EQ(test_mount(image, BLOCKS, 1), 0);
    fill(0);
    CHECK(can_use_directory("/empty"));
    CHECK_EQ(test_end(), 0);
}

/* The initial image. */
static void prepare(void)
{
    struct image made;
    image = calloc(BLOCKS, BLOCK);
    CHECK(image_begin(&made, image, BLOCKS, 5));
    uint32_t file = image_create(&made, FS_ROOT, "file", FS_FILE);
    uint32_t full = image_create(&made, FS_ROOT, "full", FS_DIRECTORY);
    CHECK(image_write(&made, file, 0, bytes, 3 * BLOCK / 4));
    for (uint64_t i = 0; i < FS_DIRENTS_PER_BLOCK; i++) {
        char name[16];
        snprintf(name, sizeof(name), "n%d", (int)i);
        CHECK(image_create(&made, full, name, FS_DEVICE) != 0);
    }
    CHECK(image_create(&made, FS_ROOT, "empty", FS_DIRECTORY) != 0);
    image_end(&made);
}

int main(int argc, char **argv)
{
    check_begin(argc, argv);
    seam_set_pages(600);
    prepare();
    RUN(test_calls);
    RUN(test_directory_of_mkfs);
    free(image);
    return check_end();
}
