// sources: FS
#include "check.h"

#include <string.h>
#include "api/errno.h"
#include "api/fcntl.h"
#include "api/limits.h"
#include "api/stat.h"
#include "disk/bcache.h"
#include "fs/fdtable.h"
#include "fs/fs.h"
#include "fs/inode_io.h"
#include "fs/inode.h"
#include "fs/path.h"
#include "fs_image.h"
#include "vm/uaccess.h"
#include "mm/page.h"
#include "proc/proc.h"
#include "seam.h"
#include "sys/syscall.h"

/*
 * The file system on a sound image: contents, paths, directories, descriptors,
 * and errors.
 */
#define LOG_PAGES 43 // pages that the log keeps for itself

static char *image;

static void begin(void)
{
    CHECK_EQ(test_mount(image, TEST_BLOCKS, check_random()), 0);
}

static void end(void)
{
    CHECK_EQ(test_end(), 0);
}

/* The expected byte `offset` of file i. */
static char expected(int i, uint64_t offset)
{
    const struct test_file *file = &test_files[i];
    bool written = offset >= file->from && offset - file->from < file->n;
    return written ? test_byte(i, offset) : 0;
}

/* Read n bytes of a file at an offset and compare them. */
static void compare(struct inode *inode, int i, uint64_t offset, size_t n)
{
    static char bytes[1 << 17];
    struct iobuf buf;
    uint64_t size = test_files[i].size;
    uint64_t left = offset < size ? size - offset : 0;
    iobuf_kernel(&buf, bytes, sizeof(bytes));
    memset(bytes, 0x55, sizeof(bytes));
    ssize_t got = inode_read(inode, offset, &buf, 0, n);
    CHECK_EQ(got, n < left ? n : left);
    int wrong = 0;
    for (ssize_t at = 0; at < got; at++) {
        wrong += bytes[at] != expected(i, offset + (uint64_t)at);
    }
    CHECK_EQ(wrong, 0);
    CHECK_EQ(bytes[got < 0 ? 0 : got], 0x55);
}

static void test_contents(void)
{
    begin();
    for (int i = 0; i < test_file_count; i++) {
        const struct test_file *file = &test_files[i];
        struct inode *inode;
        CHECK_EQ(path_lookup(file->path, &inode), 0);
        CHECK_EQ(inode_size(inode), file->size);
        uint64_t edge[] = {0,           4096,       20 * 4096,
                           1044 * 4096, file->from, file->from + file->n,
                           file->size,  1UL << 32};
        for (size_t e = 0; e < ARRAY_LENGTH(edge); e++) {
            compare(inode, i, edge[e], 1);
            compare(inode, i, edge[e] > 5 ? edge[e] - 5 : 0, 9000);
            compare(inode, i, edge[e], 100000);
        }
        for (int n = 0; n < 50; n++) {
            compare(inode, i, check_random_below(file->size + 5000),
                    check_random_below(9000));
        }
        inode_put(inode);
    }
    end();
}

static void test_mapped_pages(void)
{
    begin();
    for (int i = 0; i < test_file_count; i++) {
        const struct test_file *file = &test_files[i];
        struct inode *inode;
        CHECK_EQ(path_lookup(file->path, &inode), 0);
        uint64_t pages = (file->size + 4095) / 4096;
        uint64_t near[] = {0,    19,        20,    21,        1043,
                           1044, pages - 1, pages, pages + 1, 1UL << 52};
        struct pager *pager = &inode->pager;
        for (size_t n = 0; n < ARRAY_LENGTH(near); n++) {
            struct page *page;
            int error = pager->ops->get_page(pager, near[n], &page);
            CHECK_EQ(error, near[n] < pages ? 0 : -ERANGE);
            if (error == 0) {
                const char *bytes = page_address(page);
                int wrong = 0;
                for (uint64_t at = 0; at < 4096; at++) {
                    uint64_t offset = near[n] * 4096 + at;
                    wrong += bytes[at] != expected(i, offset);
                }
                CHECK_EQ(wrong, 0);
                pager->ops->unlock(pager);
                page_put(page);
            }
        }
        inode_put(inode);
    }
    end();
}

/* The result of path_lookup for a path. */
static int lookup(const char *path)
{
    struct inode *inode;
    int error = path_lookup(path, &inode);
    if (error == 0) {
        inode_put(inode);
    }
    return error;
}

static void test_paths(void)
{
    begin();
    CHECK_EQ(lookup("/"), 0);
    CHECK_EQ(lookup("////"), 0);
    CHECK_EQ(lookup("/.."), 0);
    CHECK_EQ(lookup("/../../d/./e/../e/hole"), 0);
    CHECK_EQ(lookup("d//e///"), 0);
    CHECK_EQ(lookup(""), -ENOENT);
    CHECK_EQ(lookup("no"), -ENOENT);
    CHECK_EQ(lookup("no/such"), -ENOENT);
    CHECK_EQ(lookup("on"), -ENOENT);
    CHECK_EQ(lookup("one1"), -ENOENT);
    CHECK_EQ(lookup("one/"), -ENOTDIR);
    CHECK_EQ(lookup("one/."), -ENOTDIR);
    CHECK_EQ(lookup("one/x"), -ENOTDIR);
    CHECK_EQ(lookup("null/"), -ENOTDIR);
    CHECK_EQ(lookup("to-one"), 0);
    CHECK_EQ(lookup("to-one/"), -ENOTDIR);
    CHECK_EQ(lookup("to-one-abs"), 0);
    CHECK_EQ(lookup("to-d/e"), 0);
    CHECK_EQ(lookup("to-to-d/e/../indirect"), 0);
    CHECK_EQ(lookup("to-to-d/to-d"), -ENOENT);
    CHECK_EQ(lookup("long"), 0);
    CHECK_EQ(lookup("nowhere"), -ENOENT);
    CHECK_EQ(lookup("loop-a"), -ELOOP);
    CHECK_EQ(lookup("loop-b/x"), -ELOOP);
    char name[80] = "";
    memset(name, 'x', NAMEMAX);
    CHECK_EQ(lookup(name), -ENOENT);
    name[NAMEMAX] = 'x';
    CHECK_EQ(lookup(name), -ENAMETOOLONG);
    char path[2000] = "long";
    while (strlen(path) < 900) {
        strcat(path, "/.");
    }
    CHECK_EQ(lookup(path), -ENAMETOOLONG);
    end();
}

static void test_programs(void)
{
    begin();
    struct inode *inode;
    CHECK_EQ(sys_call(SYS_chdir, (uint64_t) "d/e", 0, 0), 0);
    CHECK_EQ(lookup("one"), -ENOENT);
    CHECK_EQ(lookup("../../one"), 0);
    CHECK_EQ(path_lookup_program("one", &inode), 0);
    inode_put(inode);
    CHECK_EQ(path_lookup_program("hole", &inode), 0);
    inode_put(inode);
    CHECK_EQ(path_lookup_program("/hole", &inode), -ENOENT);
    CHECK_EQ(path_lookup_program("", &inode), -ENOENT);
    CHECK_EQ(sys_call(SYS_chdir, (uint64_t) "hole", 0, 0), -ENOTDIR);
    CHECK_EQ(sys_call(SYS_chdir, (uint64_t) "/no", 0, 0), -ENOENT);
    CHECK_EQ(lookup("hole"), 0);
    end();
}

static void test_directories(void)
{
    begin();
    struct dirent record;
    int seen[MANY] = {0};
    int64_t fd = test_open("many", O_RDONLY);
    CHECK_EQ(test_read(fd, &record, sizeof(record) - 1), -EINVAL);
    CHECK_EQ(test_read(fd, &record, sizeof(record) + 7), sizeof(record));
    CHECK(strcmp(record.name, ".") == 0);
    CHECK_EQ(test_read(fd, &record, sizeof(record)), sizeof(record));
    CHECK(strcmp(record.name, "..") == 0 && record.inum == FS_ROOT);
    while (test_read(fd, &record, sizeof(record)) == sizeof(record)) {
        int number = atoi(record.name + 1);
        CHECK(record.name[0] == 'n' && number >= 0 && number < MANY);
        seen[number % MANY]++;
    }
    CHECK_EQ(test_read(fd, &record, sizeof(record)), 0);
    test_close(fd);
    for (int i = 0; i < MANY; i++) {
        char path[32];
        snprintf(path, sizeof(path), "many/n%d", i);
        CHECK_EQ(seen[i], 1);
        CHECK_EQ(lookup(path), 0);
    }
    uint64_t before = seam_disk_reads();
    CHECK_EQ(lookup("many/absent"), -ENOENT);
    CHECK_EQ(seam_disk_reads(), before);
    end();
}

static void test_stat(void)
{
    begin();
    struct stat stat;
    int64_t fd = test_open("d/e/far", O_RDONLY);
    CHECK_EQ(sys_call(SYS_fstat, (uint64_t)fd, (uint64_t)&stat, 0), 0);
    CHECK_EQ(stat.type, T_FILE);
    CHECK_EQ(stat.size, (1044 + 3 * 1024 + 9) * 4096 + 5);
    CHECK_EQ(stat.blocks, 14); // 11 data blocks, 1 + 2 indirect blocks
    CHECK_EQ(stat.mtime, 5);
    CHECK_EQ(stat.nlink, 1);
    CHECK_EQ(stat.dev, 1);
    CHECK_EQ(sys_call(SYS_fstat, (uint64_t)fd, SEAM_BAD_ADDRESS, 0), -EFAULT);
    CHECK_EQ(sys_call(SYS_fstat, 5, (uint64_t)&stat, 0), -EBADF);
    fd = test_open("many/n7", O_RDONLY);
    CHECK_EQ(sys_call(SYS_fstat, (uint64_t)fd, (uint64_t)&stat, 0), 0);
    CHECK_EQ(stat.nlink, MANY + 1);
    end();
}

/* On a read-only disk. */
static void test_refused(void)
{
    seam_disk_protect(true);
    begin();
    char byte;
    CHECK_EQ(test_open("one", O_WRONLY), -EROFS);
    CHECK_EQ(test_open("one", O_RDWR | O_TRUNC), -EROFS);
    CHECK_EQ(test_open("one", O_RDONLY | O_TRUNC), -EINVAL);
    CHECK_EQ(test_open("one", 3), -EINVAL);
    CHECK_EQ(test_open("one", 0x10000), -EINVAL);
    CHECK_EQ(test_open("one", O_CREATE), 0);
    CHECK_EQ(test_open("new", O_CREATE), -EROFS);
    CHECK_EQ(test_open("no/new", O_CREATE), -ENOENT);
    CHECK_EQ(test_open("one/new", O_CREATE), -ENOTDIR);
    CHECK_EQ(test_open("d", O_RDWR), -EISDIR);
    CHECK_EQ(test_open("d", O_CREATE), -EISDIR);
    CHECK_EQ(test_open("nodriver", O_RDWR), -ENODEV);
    CHECK_EQ(test_open((const char *)SEAM_BAD_ADDRESS, 0), -EFAULT);
    int64_t null = test_open("null", O_RDWR);
    CHECK_EQ(test_read(null, &byte, 1), 0);
    CHECK_EQ(sys_call(SYS_write, (uint64_t)null, (uint64_t)&byte, 1), 1);
    CHECK_EQ(test_read(null, (void *)SEAM_BAD_ADDRESS, 1), -EFAULT);
    CHECK_EQ(test_read(0, &byte, IOMAX + 1UL), -EINVAL);
    CHECK_EQ(test_read(0, &byte, UINT64_MAX), -EINVAL);
    CHECK_EQ(sys_call(SYS_write, 0, (uint64_t)&byte, 1), -EBADF);
    CHECK_EQ(sys_call(SYS_mkdir, (uint64_t) "d", 0, 0), -EEXIST);
    CHECK_EQ(sys_call(SYS_mkdir, (uint64_t) "/", 0, 0), -EEXIST);
    CHECK_EQ(sys_call(SYS_mkdir, (uint64_t) "new/", 0, 0), -EROFS);
    CHECK_EQ(sys_call(SYS_mknod, (uint64_t) "no/new", 0, 0), -ENOENT);
    CHECK_EQ(sys_call(SYS_link, (uint64_t) "d", (uint64_t) "new", 0), -EPERM);
    CHECK_EQ(sys_call(SYS_link, (uint64_t) "one", (uint64_t) "new", 0), -EROFS);
    CHECK_EQ(sys_call(SYS_link, (uint64_t) "no", (uint64_t) "new", 0), -ENOENT);
    CHECK_EQ(sys_call(SYS_link, (uint64_t) "one", (uint64_t) "d", 0), -EEXIST);
    CHECK_EQ(sys_call(SYS_unlink, (uint64_t) "one", 0, 0), -EROFS);
    CHECK_EQ(sys_call(SYS_unlink, (uint64_t) "no", 0, 0), -ENOENT);
    CHECK_EQ(sys_call(SYS_unlink, (uint64_t) "d/.", 0, 0), -EINVAL);
    CHECK_EQ(sys_call(SYS_unlink, (uint64_t) "d/..", 0, 0), -EINVAL);
    CHECK_EQ(sys_call(SYS_unlink, SEAM_BAD_ADDRESS, 0, 0), -EFAULT);
    end();
    seam_disk_protect(false);
}

static void test_descriptors(void)
{
    begin();
    char byte;
    for (int fd = 0; fd < NOFILE; fd++) {
        CHECK_EQ(test_open("one", O_RDONLY), fd);
    }
    CHECK_EQ(test_open("one", O_RDONLY), -EMFILE);
    CHECK_EQ(sys_call(SYS_dup, 7, 0, 0), -EMFILE);
    test_close(400);
    test_close(17);
    CHECK_EQ(test_close(17), -EBADF);
    CHECK_EQ(sys_call(SYS_dup, 3, 0, 0), 17);
    CHECK_EQ(sys_call(SYS_dup, 3, 0, 0), 400);
    CHECK_EQ(test_read(17, &byte, 1), 1);
    CHECK_EQ(test_read(400, &byte, 1), 0); // they share a position
    CHECK_EQ(sys_call(SYS_dup2, 5, 5, 0), 5);
    CHECK_EQ(sys_call(SYS_dup2, 3, NOFILE - 1, 0), NOFILE - 1);
    CHECK_EQ(test_read(NOFILE - 1, &byte, 1), 0);
    CHECK_EQ(sys_call(SYS_dup2, 3, NOFILE, 0), -EBADF);
    CHECK_EQ(sys_call(SYS_dup2, (uint64_t)-1, 3, 0), -EBADF);
    test_close(450);
    CHECK_EQ(sys_call(SYS_dup2, 450, 450, 0), -EBADF);
    struct fdtable *copy;
    CHECK_EQ(fdtable_copy(proc_current()->files, &copy), 0);
    test_close(3);
    CHECK(fdtable_get(copy, 450) == NULL);
    CHECK(fdtable_get(copy, UINT64_MAX) == NULL);
    fdtable_put(copy);
    CHECK_EQ(test_open("one", O_RDONLY), 3);
    end();
}

/* With very little memory, reclaiming must keep everything working. */
static void test_reclaim(void)
{
    seam_set_pages(64 + LOG_PAGES);
    for (int i = 0; i < 5; i++) {
        begin();
        for (int n = 0; n < 3; n++) {
            CHECK_EQ(test_walk(), 4); // two circles, one dangles, no driver
            CHECK_EQ(page_counts.free + bcache_count_clean() > 50, true);
        }
        end();
    }
    seam_set_pages(4096);
}

static void walk_thread(void *failed)
{
    *(int *)failed += test_walk();
}

/* Several threads walk the same image at the same time. */
static void test_walk_together(void)
{
    seam_set_pages(100 + LOG_PAGES);
    for (int i = 0; i < 4; i++) {
        int failed = 0;
        begin();
        for (int n = 0; n < 4; n++) {
            seam_spawn(walk_thread, &failed);
        }
        CHECK_EQ(seam_run(), 0);
        CHECK_EQ(failed, 4 * 4);
        end();
    }
    seam_set_pages(4096);
}

int main(int argc, char **argv)
{
    check_begin(argc, argv);
    seam_set_pages(4096);
    image = test_image();
    RUN(test_contents);
    RUN(test_mapped_pages);
    RUN(test_paths);
    RUN(test_programs);
    RUN(test_directories);
    RUN(test_stat);
    RUN(test_refused);
    RUN(test_descriptors);
    RUN(test_reclaim);
    RUN(test_walk_together);
    free(image);
    return check_end();
}
