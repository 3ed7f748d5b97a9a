/*
 * kill, continued: processes that use the console, the disk, and mapped files.
 * The interrupted operation is then either complete or not started.
 */
#include "usertests.h"

/* Victim: print. */
static void print_for_ever(long fd)
{
    char block[2048];

    memset(block, '\r', sizeof(block)); // keeps the cursor in place
    tell_ready();
    while (write((int)fd, block, sizeof(block)) > 0) {}
}

/* A process that prints.  tests/boot/test_usertests.py covers a console that
   accepts no output. */
static void test_kill_console_write(void)
{
    int fd = open("/console", O_WRONLY);

    CHECK(fd >= 0);
    kill_often(print_for_ever, fd, false);
}

/* Victim: write, and wait until it is on the disk. */
static void sync_for_ever(long child)
{
    int fd = open("f", O_WRONLY);

    tell_ready();
    for (;;) {
        CHECK_EQ(write(fd, &child, sizeof(child)), sizeof(child));
        CHECK_EQ(fsync(fd), 0);
    }
}

/* A process that waits for the disk. */
static void test_kill_fsync(void)
{
    make_file("f", 0, 0);
    kill_often(sync_for_ever, 0, false);
    CHECK_EQ(size_of("f") % (long)sizeof(long), 0); // whole words
    CHECK_EQ(unlink("f"), 0);
}

/* Victim: change one file that others also change. */
static void write_same_file(long unused)
{
    char *block = test_buffer(64 * 1024);
    int fd = open("f", O_WRONLY);

    (void)unused;
    tell_ready();
    for (;;) {
        CHECK_EQ(lseek(fd, 0, SEEK_SET), 0);
        CHECK(write(fd, block, 64 * 1024) > 0);
    }
}

/* A process that waits for the lock of a file. */
static void test_kill_file_lock(void)
{
    make_file("f", 0, 0);
    CHECK_EQ(pipe(ready), 0);
    for (int round = 0; round < 10; round++) {
        int pids[4];

        for (size_t i = 0; i < LENGTH(pids); i++) {
            pids[i] = start_victim(write_same_file, 0);
        }
        for (size_t i = 0; i < LENGTH(pids); i++) {
            kill_and_reap(pids[i]);
        }
    }
    CHECK_EQ(unlink("f"), 0);
}

/* Victim: map a file, change it there, and unmap it. */
static void map_for_ever(long unused)
{
    enum { PAGES = 64 };

    (void)unused;
    tell_ready();
    for (;;) {
        int fd = open("f", O_RDWR);
        char *at = mmap(NULL, PAGES * PGSIZE, PROT_READ | PROT_WRITE,
                        MAP_SHARED, fd, 0);

        CHECK(at != MAP_FAILED);
        for (size_t i = 0; i < PAGES; i++) {
            at[i * PGSIZE] = 'm';
        }
        CHECK_EQ(munmap(at, PAGES * PGSIZE), 0);
        close(fd);
    }
}

/* A process whose page faults read and write a file. */
static void test_kill_mapped(void)
{
    make_file("f", 64 * PGSIZE, 1);
    kill_often(map_for_ever, 0, false);
    CHECK_EQ(size_of("f"), 64 * PGSIZE);
    CHECK_EQ(unlink("f"), 0);
}

/* Victim: change names. */
static void rename_for_ever(long unused)
{
    (void)unused;
    tell_ready();
    for (;;) {
        CHECK_EQ(rename("a", "d/b"), 0);
        CHECK_EQ(link("d/b", "d/c"), 0);
        CHECK_EQ(unlink("d/b"), 0);
        CHECK_EQ(rename("d/c", "a"), 0);
    }
}

/* A killed rename is either complete or not started. */
static void test_kill_rename(void)
{
    CHECK_EQ(mkdir("d"), 0);
    for (int round = 0; round < 10; round++) {
        make_file("a", 10, 1);
        CHECK_EQ(pipe(ready), 0);
        int pid = start_victim(rename_for_ever, 0);
        for (uint32_t n = test_random(10); n > 0; n--) {
            yield();
        }
        kill_and_reap(pid);
        close(ready[0]);
        close(ready[1]);
        int links =
            (size_of("a") >= 0) + (size_of("d/b") >= 0) + (size_of("d/c") >= 0);
        const char *name = size_of("a") >= 0     ? "a"
                           : size_of("d/b") >= 0 ? "d/b"
                                                 : "d/c";
        CHECK(links == 1 || links == 2);
        CHECK_EQ(links_of(name), links);
        check_file(name, 10, 1);
        unlink("a");
        unlink("d/b");
        unlink("d/c");
    }
    CHECK_EQ(rmdir("d"), 0);
}

const struct test kill_file_tests[] = {
    {"kill_console_write", test_kill_console_write, false},
    {"kill_fsync", test_kill_fsync, false},
    {"kill_file_lock", test_kill_file_lock, false},
    {"kill_mapped", test_kill_mapped, false},
    {"kill_rename", test_kill_rename, false},
    {NULL, NULL, false},
};
