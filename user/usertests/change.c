/*
 * Changing files: writing, truncating, names.  Each test works in its own
 * directory, which is removed when it ends.
 */
#include "usertests.h"

enum {
    BLOCK = 4096,
    DIRECT = 20 * BLOCK,          // first byte in the single indirect block
    DOUBLE = (20 + 1024) * BLOCK, // first byte in the double indirect block
    CHUNK = 16 * BLOCK,
};

/* Files of every interesting size. */
static void test_write_sizes(void)
{
    static const size_t sizes[] = {0,
                                   1,
                                   BLOCK - 1,
                                   BLOCK,
                                   BLOCK + 1,
                                   DIRECT - 1,
                                   DIRECT,
                                   DIRECT + 1,
                                   DIRECT + 5 * BLOCK,
                                   65 * BLOCK,
                                   300 * BLOCK + 7};

    for (size_t i = 0; i < LENGTH(sizes); i++) {
        make_file("f", sizes[i], (uint32_t)i);
        check_file("f", sizes[i], (uint32_t)i);
    }
    CHECK_EQ(unlink("f"), 0);
}

/* Writing in the middle leaves the rest unchanged. */
static void test_overwrite(void)
{
    unsigned char *bytes = test_buffer(10 * BLOCK);

    pattern_fill(bytes, 10 * BLOCK, 1);
    make_file("f", 10 * BLOCK, 1);
    for (int i = 0; i < 50; i++) {
        uint32_t n = 1 + test_random(3 * BLOCK);
        uint32_t at = test_random(10 * BLOCK - n);
        int fd = open("f", O_RDWR);

        memset(bytes + at, 'a' + i % 26, n);
        CHECK_EQ(lseek(fd, at, SEEK_SET), at);
        CHECK_EQ(write(fd, bytes + at, (int)n), n);
        close(fd);
    }
    unsigned char *back = test_buffer(10 * BLOCK);
    int fd = open("f", O_RDONLY);
    CHECK_EQ(read_fully(fd, back, 10 * BLOCK), 10 * BLOCK);
    CHECK_EQ(memcmp(bytes, back, 10 * BLOCK), 0);
    close(fd);
    CHECK_EQ(unlink("f"), 0);
}

/* Two descriptors that append do not overwrite each other. */
static void test_append(void)
{
    int a = open("f", O_WRONLY | O_CREATE | O_APPEND);
    int b = open("f", O_WRONLY | O_APPEND);
    for (int i = 0; i < 100; i++) {
        CHECK_EQ(write(a, "aa", 2), 2);
        CHECK_EQ(write(b, "b", 1), 1);
    }
    CHECK_EQ(size_of("f"), 300);
    CHECK_EQ(lseek(a, 0, SEEK_CUR), 299);
    close(a);
    close(b);
    CHECK_EQ(unlink("f"), 0);
}

/* Positions, and holes that read as zeros. */
static void test_holes(void)
{
    static const long far = DOUBLE + 3L * 1024 * BLOCK;
    struct stat st;
    char c = 1;

    int fd = open("f", O_RDWR | O_CREATE);
    CHECK_EQ(lseek(fd, far, SEEK_SET), far);
    CHECK_EQ(write(fd, "x", 1), 1);
    CHECK_EQ(fstat(fd, &st), 0);
    CHECK_EQ(st.size, far + 1);
    CHECK_EQ(st.blocks, 3); // two indirect blocks and a data block
    CHECK_EQ(lseek(fd, -2, SEEK_END), far - 1);
    CHECK_EQ(read(fd, &c, 1), 1);
    CHECK_EQ(c, 0);
    CHECK_EQ(read(fd, &c, 1), 1);
    CHECK_EQ(c, 'x');
    CHECK_EQ(read(fd, &c, 1), 0);
    CHECK_EQ(lseek(fd, 1L << 32, SEEK_SET), 1L << 32);
    CHECK_ERROR(write(fd, "x", 1), EFBIG);
    CHECK_EQ(lseek(fd, (1L << 32) - 1, SEEK_SET), (1L << 32) - 1);
    CHECK_EQ(write(fd, "xy", 2), 1);
    CHECK_ERROR(lseek(fd, (1L << 32) + 1, SEEK_SET), EINVAL);
    CHECK_ERROR(lseek(fd, -1, SEEK_SET), EINVAL);
    CHECK_ERROR(lseek(fd, 0, 3), EINVAL);
    close(fd);
    CHECK_EQ(unlink("f"), 0);
}

/* Truncated data does not come back. */
static void test_truncate(void)
{
    char c = 1;

    make_file("f", 100 * BLOCK, 3);
    CHECK_EQ(truncate("f", 5 * BLOCK + 10), 0);
    check_file("f", 5 * BLOCK + 10, 3);
    CHECK_EQ(truncate("f", 90 * BLOCK), 0);
    int fd = open("f", O_RDWR);
    for (long at = 5 * BLOCK + 10; at < 90 * BLOCK; at += 1000) {
        CHECK_EQ(lseek(fd, at, SEEK_SET), at);
        CHECK_EQ(read(fd, &c, 1), 1);
        CHECK_EQ(c, 0);
    }
    CHECK_EQ(ftruncate(fd, 0), 0);
    CHECK_EQ(size_of("f"), 0);
    CHECK_ERROR(ftruncate(fd, (1L << 32) + 1), EFBIG);
    CHECK_ERROR(ftruncate(fd, -1), EINVAL);
    close(fd);
    CHECK_ERROR(truncate(".", 0), EISDIR);
    CHECK_ERROR(truncate("/null", 0), EINVAL);
    CHECK_ERROR(truncate("none", 0), ENOENT);
    fd = open("f", O_RDONLY);
    CHECK_ERROR(ftruncate(fd, 0), EINVAL);
    close(fd);
    CHECK_EQ(unlink("f"), 0);
}

/* Writing at a position past the end, after another process truncated the file,
   makes a hole. */
static void test_truncate_behind(void)
{
    char bytes[20];

    make_file("f", 10, 1);
    int fd = open("f", O_RDWR);
    CHECK_EQ(lseek(fd, 10, SEEK_SET), 10);
    CHECK_EQ(truncate("f", 2), 0);
    CHECK_EQ(write(fd, "yz", 2), 2);
    CHECK_EQ(size_of("f"), 12);
    CHECK_EQ(lseek(fd, 2, SEEK_SET), 2);
    CHECK_EQ(read(fd, bytes, 20), 10);
    CHECK_EQ(memcmp(bytes, "\0\0\0\0\0\0\0\0yz", 10), 0);
    close(fd);
    CHECK_EQ(unlink("f"), 0);
}

static void copy(const char *from, const char *to)
{
    static char bytes[4096];
    int in = open(from, O_RDONLY);
    int out = open(to, O_WRONLY | O_CREATE);
    int n;

    while ((n = read(in, bytes, sizeof(bytes))) > 0) {
        CHECK_EQ(write(out, bytes, n), n);
    }
    close(in);
    close(out);
}

/* Run a program that waits until its input ends. */
static void run_cat(long fd)
{
    static char name[] = "cat";
    char *argv[] = {name, NULL};

    dup2((int)fd, 0);
    for (int i = 3; i < 10; i++) {
        close(i);
    }
    exec(name, argv);
    exit(1);
}

/* A running program cannot be written to, but can be replaced. */
static void test_text_busy(void)
{
    int fds[2];

    copy("/cat", "cat");
    CHECK_EQ(pipe(fds), 0);
    int pid = spawn(run_cat, fds[0]);
    close(fds[0]);
    int fd = open("cat", O_RDWR);
    while (write(fd, "\177", 1) == 1) { // the same byte as before
        CHECK_EQ(lseek(fd, 0, SEEK_SET), 0);
        yield(); // it has not reached exec yet
    }
    CHECK_EQ(errno, ETXTBSY);
    CHECK_ERROR(truncate("cat", 0), ETXTBSY);
    CHECK_ERROR(ftruncate(fd, 0), ETXTBSY);
    CHECK_ERROR(open("cat", O_WRONLY | O_TRUNC), ETXTBSY);
    close(fd);
    make_file("new", 10, 1);
    CHECK_EQ(rename("new", "cat"), 0);
    check_file("cat", 10, 1);
    close(fds[1]);
    CHECK_EQ(reap(pid), 0); // it ran to its end
    CHECK_EQ(unlink("cat"), 0);
}

/* A write from unmapped memory changes nothing. */
static void test_write_pointer(void)
{
    make_file("f", 100, 1);
    int fd = open("f", O_WRONLY);
    for (size_t i = 0; i < bad_address_count; i++) {
        CHECK_ERROR(write(fd, (void *)bad_addresses[i], 50), EFAULT);
    }
    CHECK_ERROR(write(fd, "x", -1), EINVAL);
    CHECK_EQ(write(fd, "x", 0), 0);
    close(fd);
    check_file("f", 100, 1);
    CHECK_EQ(unlink("f"), 0);
}

enum { FILES = 60 };

static void create_many(long child)
{
    for (int i = 0; i < FILES; i++) {
        make_file(name_for(child, i), 10 + (size_t)i, (uint32_t)i);
    }
    for (int i = 0; i < FILES; i++) {
        check_file(name_for(child, i), 10 + (size_t)i, (uint32_t)i);
        CHECK_EQ(unlink(name_for(child, i)), 0);
    }
}

/* Several processes fill one directory. */
static void test_creators(void)
{
    for (long i = 0; i < CREATORS; i++) {
        spawn(create_many, i);
    }
    reap_all(CREATORS);
}

/* Write to one file, each process to its own blocks. */
static void write_own(long child)
{
    int fd = open("f", O_RDWR);
    static char block[BLOCK];

    memset(block, 'A' + (int)child, sizeof(block));
    for (int i = 0; i < 40; i++) {
        long at = (i * CREATORS + child) * BLOCK;

        CHECK_EQ(lseek(fd, at, SEEK_SET), at);
        CHECK_EQ(write(fd, block, BLOCK), BLOCK);
    }
}

static void test_writers(void)
{
    char *block = test_buffer(BLOCK);

    make_file("f", 0, 0);
    for (long i = 0; i < CREATORS; i++) {
        spawn(write_own, i);
    }
    reap_all(CREATORS);
    int fd = open("f", O_RDONLY);
    for (int i = 0; i < 40 * CREATORS; i++) {
        CHECK_EQ(read_fully(fd, block, BLOCK), BLOCK);
        CHECK_EQ(block[0], 'A' + i % CREATORS);
        CHECK_EQ(memcmp(block, block + 1, BLOCK - 1), 0);
    }
    close(fd);
    CHECK_EQ(unlink("f"), 0);
}

/* Fill a block of a file with one letter, repeatedly. */
static void write_over(long worker)
{
    char *block = test_buffer(BLOCK);
    int fd = open("f", O_WRONLY);
    for (int i = 0; i < 300; i++) {
        memset(block, 'A' + (int)(worker + i) % 26, BLOCK);
        CHECK_EQ(lseek(fd, 0, SEEK_SET), 0);
        CHECK_EQ(write(fd, block, BLOCK), BLOCK);
    }
}

/* Read it repeatedly through a separate descriptor: each read sees exactly one
   write. */
static void read_over(long unused)
{
    char *block = test_buffer(BLOCK);
    int fd = open("f", O_RDONLY);
    for (int i = 0; i < 600; i++) {
        CHECK_EQ(lseek(fd, 0, SEEK_SET), 0);
        CHECK_EQ(read(fd, block, BLOCK), BLOCK);
        CHECK_EQ(memcmp(block, block + 1, BLOCK - 1), 0);
    }
}

/* Readers share the lock of a file; writers hold it alone. */
static void test_sharers(void)
{
    make_file("f", BLOCK, 0);
    write_over(0);
    for (long i = 0; i < 3; i++) {
        spawn(read_over, i);
    }
    spawn(write_over, 0);
    spawn(write_over, 13);
    reap_all(5);
    CHECK_EQ(unlink("f"), 0);
}

/* Writing to a full disk fails and loses nothing, and works again after a file
   is removed. */
static void test_disk_full(void)
{
    struct statfs before;
    struct statfs after;
    char *bytes = test_buffer(CHUNK);
    int n;

    CHECK_EQ(statfs(&before), 0);
    make_file("kept", 1000, 1);
    int fd = open("f", O_WRONLY | O_CREATE);
    while ((n = write(fd, bytes, CHUNK)) > 0) {}
    CHECK_EQ(errno, ENOSPC);
    CHECK_EQ(n, -1);
    CHECK_EQ(statfs(&after), 0);
    CHECK(after.free_blocks < 4); // fewer than one block may need
    CHECK_ERROR(write(fd, bytes, CHUNK), ENOSPC);
    for (int i = 0; i < 200 && mkdir(name_for(0, i)) == 0; i++) {}
    close(fd);
    check_file("kept", 1000, 1);
    CHECK_EQ(unlink("f"), 0);
    make_file("g", 3 * CHUNK, 2);
    check_file("g", 3 * CHUNK, 2);
    CHECK_EQ(unlink("g"), 0);
    CHECK_EQ(unlink("kept"), 0);
    for (int i = 0; i < 200 && rmdir(name_for(0, i)) == 0; i++) {}
    CHECK_EQ(statfs(&after), 0);
    CHECK(after.free_blocks + 8 >= before.free_blocks); // the directory's own
}

/* fsync and sync. */
static void test_sync(void)
{
    int fds[2];

    int fd = open("f", O_RDWR | O_CREATE);
    CHECK_EQ(fsync(fd), 0);
    CHECK_EQ(write(fd, "x", 1), 1);
    CHECK_EQ(fsync(fd), 0);
    CHECK_EQ(fsync(fd), 0);
    close(fd);
    CHECK_ERROR(fsync(fd), EBADF);
    fd = open(".", O_RDONLY);
    CHECK_EQ(fsync(fd), 0);
    close(fd);
    CHECK_EQ(pipe(fds), 0);
    CHECK_ERROR(fsync(fds[0]), EINVAL);
    CHECK_ERROR(lseek(fds[0], 0, SEEK_CUR), ESPIPE);
    close(fds[0]);
    close(fds[1]);
    CHECK_EQ(sync(), 0);
    CHECK_EQ(unlink("f"), 0);
}

/* The time of the last change. */
static void test_mtime(void)
{
    struct stat before;
    struct stat after;

    make_file("f", 1, 1);
    CHECK_EQ(stat("f", &before), 0);
    CHECK(before.mtime > 0);
    sleep(1);
    check_file("f", 1, 1);
    CHECK_EQ(stat("f", &after), 0);
    CHECK_EQ(after.mtime, before.mtime); // reading does not change it
    make_file("f", 1, 2);
    CHECK_EQ(stat("f", &after), 0);
    CHECK(after.mtime >= before.mtime + 100000000);
    CHECK_EQ(unlink("f"), 0);
}

/* An unlinked file that takes several steps to truncate keeps its inode number:
   no other file gets it. */
static void test_truncate_unlinked(void)
{
    enum { SPOTS = 30 };
    struct stat old;
    struct stat new;
    int fd = open("old", O_RDWR | O_CREATE);

    CHECK(fd >= 0);
    for (long i = 0; i < SPOTS; i++) {
        CHECK(lseek(fd, (8L << 20) + (i << 22), SEEK_SET) > 0);
        CHECK_EQ(write(fd, "x", 1), 1);
    }
    CHECK_EQ(sync(), 0);
    CHECK_EQ(unlink("old"), 0);
    CHECK_EQ(ftruncate(fd, 0), 0);
    make_file("new", 100, 1);
    CHECK_EQ(fstat(fd, &old), 0);
    CHECK_EQ(stat("new", &new), 0);
    CHECK(old.ino != new.ino);
    CHECK_EQ(lseek(fd, 0, SEEK_SET), 0);
    CHECK_EQ(write(fd, "y", 1), 1);
    close(fd);
    check_file("new", 100, 1);
    CHECK_EQ(unlink("new"), 0);
}

const struct test change_tests[] = {
    {"truncate_unlinked", test_truncate_unlinked, false},
    {"write_sizes", test_write_sizes, false},
    {"overwrite", test_overwrite, false},
    {"append", test_append, false},
    {"holes", test_holes, false},
    {"truncate", test_truncate, false},
    {"truncate_behind", test_truncate_behind, false},
    {"text_busy", test_text_busy, false},
    {"write_pointer", test_write_pointer, false},
    {"creators", test_creators, false},
    {"writers", test_writers, false},
    {"sharers", test_sharers, false},
    {"disk_full", test_disk_full, false},
    {"sync", test_sync, false},
    {"mtime", test_mtime, false},
    {NULL, NULL, false},
};
