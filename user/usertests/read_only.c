/*
 * A read-only disk: read-only from the start, or because a write failed.  The
 * disk tests (tests/boot/test_disk.py) run this case on such disks; on other
 * disks it only checks that the disk is writable.
 *
 * The directory /d and the file /README must exist.
 */
#include "usertests.h"

/* All changes of names fail, but other errors take precedence. */
static void refuse_names(void)
{
    CHECK_ERROR(open("/new", O_WRONLY | O_CREATE), EROFS);
    CHECK_ERROR(mkdir("/new"), EROFS);
    CHECK_ERROR(mknod("/new", 2, 0), EROFS);
    CHECK_ERROR(symlink("x", "/new"), EROFS);
    CHECK_ERROR(link("/README", "/new"), EROFS);
    CHECK_ERROR(rename("/README", "/new"), EROFS);
    CHECK_ERROR(unlink("/README"), EROFS);
    CHECK_ERROR(rmdir("/d"), EROFS);
    CHECK_ERROR(truncate("/README", 0), EROFS);
    CHECK_ERROR(open("/README", O_WRONLY | O_TRUNC), EROFS);
    CHECK_ERROR(mkdir("/README"), EEXIST);
    CHECK_ERROR(unlink("/none"), ENOENT);
    CHECK(size_of("/README") > 100);
}

/* After a failed write, files can still be opened for writing, because their
   program may also want to read. */
static void refuse_writes(int fd)
{
    char *at = mmap(NULL, 10, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    char c = 'x';

    CHECK(at != MAP_FAILED);
    CHECK(at[0] != '\0'); // it can be read
    CHECK_ERROR(write(fd, &c, 1), EROFS);
    CHECK_ERROR(ftruncate(fd, 0), EROFS);
    CHECK_ERROR(fsync(fd), EIO);
    CHECK_ERROR(fsync(fd), EROFS);
    CHECK_ERROR(sync(), EIO);
    CHECK_ERROR(sync(), EIO);
    CHECK_ERROR(msync(at, 10), EIO);
    CHECK_EQ(munmap(at, 10), 0);
}

static void test_read_only(void)
{
    struct statfs state;

    CHECK_EQ(statfs(&state), 0);
    if (!state.read_only) {
        CHECK_EQ(mkdir("d"), 0);
        CHECK_EQ(rmdir("d"), 0);
        return;
    }
    refuse_names();
    int fd = open("/README", O_RDWR);
    if (fd >= 0) {
        refuse_writes(fd);
        printf("    because writing has failed\n");
    } else {
        CHECK_EQ(errno, EROFS);
        CHECK_EQ(sync(), 0); // there are no changes to write
        printf("    by its nature\n");
    }
}

const struct test read_only_tests[] = {
    {"read_only", test_read_only, false},
    {NULL, NULL, false},
};
