/*
 * Files: reading, descriptors, directories, paths, devices, and that a
 * read-only file system cannot be changed.
 */
#include "usertests.h"

enum { FILE_MAX = 64 * 1024 }; // /README is smaller

/* Read all of /README, with reads of at most `step` bytes; returns its size. */
static int read_in_steps(char *to, int step)
{
    int fd = open("/README", O_RDONLY);
    int n = 0;
    int moved;

    CHECK(fd >= 0);
    while ((moved = read(fd, to + n, step)) > 0) {
        CHECK(moved <= step);
        n += moved;
    }
    CHECK_EQ(moved, 0);
    CHECK_EQ(read(fd, to, step), 0);
    close(fd);
    return n;
}

/* A file has the same contents in reads of any size, and the length of
   fstat. */
static void test_read_steps(void)
{
    char *file_bytes = test_buffer(FILE_MAX);
    char *again = test_buffer(FILE_MAX);
    static const int steps[] = {1, 7, 64, 511, 4095, 4096, 4097, 16384};
    int n = read_in_steps(file_bytes, FILE_MAX);
    struct stat st;

    CHECK(n > 100);
    CHECK_EQ(stat("/README", &st), 0);
    CHECK_EQ(st.size, n);
    for (size_t i = 0; i < LENGTH(steps); i++) {
        CHECK_EQ(read_in_steps(again, steps[i]), n);
        CHECK(memcmp(file_bytes, again, (size_t)n) == 0);
    }
}

/* Two opens have two positions; a dup shares one. */
static void test_positions(void)
{
    char a[8];
    char b[8];
    char c[8];
    int first = open("/README", O_RDONLY);
    int second = open("/README", O_RDONLY);
    int shared = dup(first);

    CHECK_EQ(read(first, a, 8), 8);
    CHECK_EQ(read(second, b, 8), 8);
    CHECK(memcmp(a, b, 8) == 0);
    CHECK_EQ(read(shared, c, 8), 8);
    CHECK_EQ(read(second, b, 8), 8);
    CHECK(memcmp(b, c, 8) == 0);
}

/* Read to the end byte by byte; the status is the count. */
static void count_bytes(long fd)
{
    int n = 0;
    char c;

    while (read((int)fd, &c, 1) == 1) {
        n++;
        if (n % 16 == 0) {
            yield();
        }
    }
    exit(n);
}

/* Processes that share a position divide the bytes: each byte goes to one. */
static void test_position_shared(void)
{
    enum { READERS = 4 };
    struct stat st;
    int fd = open("/README", O_RDONLY);
    int total = 0;

    CHECK_EQ(fstat(fd, &st), 0);
    for (int i = 0; i < READERS; i++) {
        spawn(count_bytes, fd);
    }
    for (int i = 0; i < READERS; i++) {
        int n;

        CHECK(wait(&n) > 0);
        total += n;
    }
    CHECK_EQ(total, st.size);
}

/* Read the file in steps of many sizes; it must not change. */
static void compare_often(long seed)
{
    char *file_bytes = test_buffer(FILE_MAX);
    char *again = test_buffer(FILE_MAX);
    int size = read_in_steps(file_bytes, FILE_MAX);

    for (int i = 0; i < 20; i++) {
        int step = 1 + (int)((seed * 7919 + i * 104729) % 5000);

        CHECK_EQ(read_in_steps(again, step), size);
        CHECK(memcmp(file_bytes, again, (size_t)size) == 0);
    }
}

/* Many processes read the same file at the same time. */
static void test_readers(void)
{
    for (int i = 0; i < 4; i++) {
        spawn(compare_often, i);
    }
    reap_all(4);
}

/* Every program of the image can be read to its end. */
static void test_read_all(void)
{
    char *block = test_buffer(FILE_MAX);
    struct dirent entry;
    int directory = open("/", O_RDONLY);

    CHECK_EQ(chdir("/"), 0);
    while (read(directory, &entry, sizeof(entry)) > 0) {
        struct stat st;
        uint64_t size = 0;
        int fd = open(entry.name, O_RDONLY);
        int n = 0;

        CHECK(fd >= 0);
        CHECK_EQ(fstat(fd, &st), 0);
        while (st.type == T_FILE && (n = read(fd, block, FILE_MAX)) > 0) {
            size += (uint64_t)n;
        }
        CHECK_EQ(n, 0);
        CHECK(st.type != T_FILE || size == st.size);
        close(fd);
    }
}

/* dup takes the lowest free descriptor. */
static void test_dup(void)
{
    int a = dup(0);
    int b = dup(0);

    CHECK_EQ(b, a + 1);
    CHECK_EQ(close(a), 0);
    CHECK_EQ(dup(0), a);
    CHECK_ERROR(dup(b + 1), EBADF);
    CHECK_ERROR(dup(-1), EBADF);
}

/* dup2 uses the given descriptor, closing the file that was there. */
static void test_dup2(void)
{
    char c;
    int fds[2];
    int zero = open("/zero", O_RDONLY);

    CHECK_EQ(pipe(fds), 0);
    CHECK_EQ(dup2(zero, fds[1]), fds[1]); // the pipe loses its writer
    CHECK_EQ(read(fds[0], &c, 1), 0);
    CHECK_EQ(dup2(zero, 100), 100);
    CHECK_EQ(read(100, &c, 1), 1);
    CHECK_EQ(dup2(zero, zero), zero);
    CHECK_EQ(read(zero, &c, 1), 1);
    CHECK_ERROR(dup2(zero, -1), EBADF);
    CHECK_ERROR(dup2(zero, NOFILE), EBADF);
    CHECK_ERROR(dup2(50, 51), EBADF);
    CHECK_ERROR(dup2(50, 50), EBADF);
    CHECK_ERROR(close(51), EBADF);
}

/* At most NOFILE descriptors; calls that fail at the limit take none. */
static void test_open_limit(void)
{
    int fds[2];
    int n = 3;

    while (open("/README", O_RDONLY) >= 0) {
        n++;
    }
    CHECK_EQ(errno, EMFILE);
    CHECK_EQ(n, NOFILE);
    CHECK_ERROR(dup(0), EMFILE);
    CHECK_ERROR(pipe(fds), EMFILE);
    CHECK_EQ(close(17), 0);
    CHECK_ERROR(pipe(fds), EMFILE);
    CHECK_EQ(open("/", O_RDONLY), 17);
    CHECK_EQ(close(18), 0);
    CHECK_EQ(close(NOFILE - 1), 0);
    CHECK_EQ(pipe(fds), 0);
    CHECK_EQ(fds[0], 18);
    CHECK_EQ(fds[1], NOFILE - 1);
}

/* Calls on descriptors that are not open. */
static void test_bad_descriptors(void)
{
    static const int bad[] = {-1,     3,       99,        NOFILE - 1,
                              NOFILE, 1 << 20, INT32_MAX, INT32_MIN};
    struct stat st;
    char c = 0;

    for (size_t i = 0; i < LENGTH(bad); i++) {
        CHECK_ERROR(read(bad[i], &c, 1), EBADF);
        CHECK_ERROR(write(bad[i], &c, 1), EBADF);
        CHECK_ERROR(fstat(bad[i], &st), EBADF);
        CHECK_ERROR(close(bad[i]), EBADF);
        CHECK_ERROR(dup(bad[i]), EBADF);
        CHECK_ERROR(tcsetpgrp(bad[i], 0), EBADF);
    }
}

/* Descriptors allow only the access that they were opened for. */
static void test_access(void)
{
    char c = 0;
    int fds[2];
    int file = open("/README", O_RDONLY);
    int null = open("/null", O_WRONLY);

    CHECK_EQ(pipe(fds), 0);
    CHECK_ERROR(write(file, &c, 1), EBADF);
    CHECK_ERROR(read(null, &c, 1), EBADF);
    CHECK_ERROR(write(fds[0], &c, 1), EBADF);
    CHECK_ERROR(read(fds[1], &c, 1), EBADF);
    CHECK_ERROR(tcsetpgrp(file, 0), ENOTTY);
    CHECK_ERROR(open("/", O_WRONLY), EISDIR);
    CHECK_ERROR(open("/", O_RDWR), EISDIR);
}

/* fstat of each kind of file. */
static void test_stat(void)
{
    struct stat st;
    int fds[2];

    CHECK_EQ(stat("/README", &st), 0);
    CHECK_EQ(st.type, T_FILE);
    CHECK(st.nlink >= 1);
    CHECK(st.ino > 0);
    CHECK_EQ(stat("/", &st), 0);
    CHECK_EQ(st.type, T_DIR);
    uint32_t root = st.ino;
    CHECK_EQ(stat("/..", &st), 0);
    CHECK_EQ(st.ino, root);
    CHECK_EQ(stat("/null", &st), 0);
    CHECK_EQ(st.type, T_DEVICE);
    CHECK(st.major > 0);
    CHECK_EQ(pipe(fds), 0);
    CHECK_EQ(fstat(fds[0], &st), 0);
    CHECK_EQ(st.type, T_PIPE);
    CHECK_ERROR(stat("/missing", &st), ENOENT);
}

/* Devices that need no hardware. */
static void test_devices(void)
{
    char block[5000];
    int null = open("/null", O_RDWR);
    int zero = open("/zero", O_RDWR);

    memset(block, 'x', sizeof(block));
    CHECK_EQ(write(null, block, sizeof(block)), sizeof(block));
    CHECK_EQ(read(null, block, sizeof(block)), 0);
    CHECK_EQ(block[0], 'x');
    CHECK_EQ(read(zero, block, sizeof(block)), sizeof(block));
    for (size_t i = 0; i < sizeof(block); i++) {
        CHECK_EQ(block[i], 0);
    }
    CHECK_EQ(write(zero, block, sizeof(block)), sizeof(block));
}

/* A directory contains records; the root lists each expected name once. */
static void test_directory(void)
{
    enum { ENTRIES = 512 };
    struct dirent *entries = test_buffer(ENTRIES * sizeof(*entries));
    int fd = open("/", O_RDONLY);
    int n = read_fully(fd, entries, ENTRIES * sizeof(*entries));
    int known = 0;

    CHECK_EQ(chdir("/"), 0);
    CHECK(n > 0);
    CHECK_EQ(n % (int)sizeof(entries[0]), 0);
    n /= (int)sizeof(entries[0]);
    for (int i = 0; i < n; i++) {
        struct stat st;

        CHECK(entries[i].inum > 0);
        CHECK(entries[i].name[0] != '\0');
        CHECK(memchr(entries[i].name, '\0', DIRSIZ) != NULL);
        CHECK_EQ(stat(entries[i].name, &st), 0);
        CHECK_EQ(st.ino, entries[i].inum);
        known += strcmp(entries[i].name, "init") == 0;
        known += strcmp(entries[i].name, "README") == 0;
        for (int j = 0; j < i; j++) {
            CHECK(strcmp(entries[i].name, entries[j].name) != 0);
        }
    }
    CHECK_EQ(known, 2);
}

/* Reads of a directory in steps of any size give whole records. */
static void test_directory_steps(void)
{
    struct dirent one;
    struct dirent many[3];
    int a = open("/", O_RDONLY);
    int b = open("/", O_RDONLY);
    int n;

    while ((n = read(a, many, sizeof(many) - 1)) > 0) {
        CHECK_EQ(n % (int)sizeof(one), 0);
        for (int i = 0; i < n / (int)sizeof(one); i++) {
            CHECK_EQ(read(b, &one, sizeof(one)), sizeof(one));
            CHECK(memcmp(&one, &many[i], sizeof(one)) == 0);
        }
    }
    CHECK_EQ(n, 0);
    CHECK_EQ(read(b, &one, sizeof(one)), 0);
    CHECK_ERROR(read(open("/", O_RDONLY), &one, sizeof(one) - 1), EINVAL);
}

/* The position in a directory is always at a record. */
static void test_seek_directory(void)
{
    enum { RECORD = sizeof(struct dirent) };
    struct dirent entry;
    int fd = open("/", O_RDONLY);

    CHECK_ERROR(lseek(fd, 1, SEEK_SET), EINVAL);
    CHECK_ERROR(lseek(fd, RECORD - 1, SEEK_CUR), EINVAL);
    CHECK_ERROR(lseek(fd, -RECORD, SEEK_SET), EINVAL);
    CHECK_EQ(lseek(fd, RECORD, SEEK_SET), RECORD);
    CHECK_EQ(read(fd, &entry, RECORD), RECORD);
    CHECK_EQ(strcmp(entry.name, ".."), 0);
    CHECK_EQ(lseek(fd, -2 * RECORD, SEEK_CUR), 0);
    CHECK_EQ(read(fd, &entry, RECORD), RECORD);
    CHECK_EQ(strcmp(entry.name, "."), 0);
}

/* The same file by different paths; paths that do not exist. */
static void test_paths(void)
{
    static const struct {
        const char *path;
        int error;
    } paths[] = {
        {"/README", 0},
        {"README", 0},
        {"./README", 0},
        {"../README", 0},
        {"//README", 0},
        {"///.//..//./README", 0},
        {"/", 0},
        {".", 0},
        {"..", 0},
        {"//", 0},
        {"/./", 0},
        {"", ENOENT},
        {"/missing", ENOENT},
        {"missing/README", ENOENT},
        {"/missing/..", ENOENT},
        {"/README/", ENOTDIR},
        {"/README/.", ENOTDIR},
        {"/README/..", ENOTDIR},
        {"/README/x", ENOTDIR},
        {"/null/", ENOTDIR},
        {"/readme", ENOENT},
        {"/READM", ENOENT},
        {"/README2", ENOENT},
    };

    CHECK_EQ(chdir("/"), 0);
    for (size_t i = 0; i < LENGTH(paths); i++) {
        int fd = open(paths[i].path, O_RDONLY);

        if ((fd >= 0) != (paths[i].error == 0) ||
            (fd < 0 && errno != paths[i].error)) {
            printf("    open \"%s\": %d, errno %d\n", paths[i].path, fd, errno);
            exit(1);
        }
        close(fd);
    }
}

/* Names and paths of the maximum length, and one byte more. */
static void test_path_length(void)
{
    char name[NAMEMAX + 2] = "";
    char path[MAXPATH + 1];

    memset(name, 'n', NAMEMAX);
    CHECK_ERROR(open(name, O_RDONLY), ENOENT);
    name[NAMEMAX] = 'n';
    CHECK_ERROR(open(name, O_RDONLY), ENAMETOOLONG);
    CHECK_ERROR(mkdir(name), ENAMETOOLONG);
    memset(path, '/', MAXPATH);
    strcpy(path + MAXPATH - 7, "README");
    int fd = open(path, O_RDONLY);
    CHECK(fd >= 0);
    strcpy(path + MAXPATH - 6, "README");
    CHECK_ERROR(open(path, O_RDONLY), ENAMETOOLONG);
}

static void test_chdir(void)
{
    CHECK_EQ(chdir("/"), 0);
    CHECK_EQ(chdir("."), 0);
    CHECK_EQ(chdir(".."), 0);
    CHECK(open("README", O_RDONLY) >= 0);
    CHECK_ERROR(chdir("/README"), ENOTDIR);
    CHECK_ERROR(chdir("/null"), ENOTDIR);
    CHECK_ERROR(chdir("/missing"), ENOENT);
    CHECK_ERROR(chdir(""), ENOENT);
    CHECK(open("README", O_RDONLY) >= 0);
}

/* On a read-only disk, changes fail; elsewhere, the calls work. */
static void test_refused(void)
{
    CHECK_ERROR(open("/README", O_RDONLY | O_TRUNC), EINVAL);
    CHECK_ERROR(mkdir("/README"), EEXIST);
    CHECK_ERROR(mkdir("/"), EEXIST);
    CHECK_ERROR(mknod("/README", 1, 0), EEXIST);
    CHECK_ERROR(link("/README", "/null"), EEXIST);
    CHECK_ERROR(link("/missing", "/new"), ENOENT);
    CHECK_ERROR(unlink("/missing"), ENOENT);
    CHECK_ERROR(mkdir("/missing/new"), ENOENT);
    CHECK_ERROR(open("/missing/new", O_CREATE | O_WRONLY), ENOENT);
    CHECK_ERROR(mkdir("/README/new"), ENOTDIR);
    CHECK(open("/README", O_RDONLY | O_CREATE) >= 0);
    CHECK(open("/README", O_RDONLY) >= 0);
}

const struct test file_tests[] = {
    {"read_steps", test_read_steps, false},
    {"positions", test_positions, false},
    {"position_shared", test_position_shared, false},
    {"readers", test_readers, false},
    {"read_all", test_read_all, false},
    {"dup", test_dup, false},
    {"dup2", test_dup2, false},
    {"open_limit", test_open_limit, false},
    {"bad_descriptors", test_bad_descriptors, false},
    {"access", test_access, false},
    {"stat", test_stat, false},
    {"devices", test_devices, false},
    {"directory", test_directory, false},
    {"directory_steps", test_directory_steps, false},
    {"seek_directory", test_seek_directory, false},
    {"paths", test_paths, false},
    {"path_length", test_path_length, false},
    {"chdir", test_chdir, false},
    {"refused", test_refused, false},
    {NULL, NULL, false},
};
