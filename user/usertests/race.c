/*
 * Several processes use the same names, files, and pipes.  Each counts what it
 * achieved; afterwards the sum of these counts must match the result.
 */
#include "usertests.h"

enum { ROUNDS = 100 };

static long *notes; // of all processes, in shared memory

/* Create memory that children share with their parent: a mapped file. */
static void share_notes(void)
{
    make_file("notes", PGSIZE, 0);
    int fd = open("notes", O_RDWR);
    notes = mmap(NULL, PGSIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    CHECK(notes != MAP_FAILED);
    close(fd);
    CHECK_EQ(unlink("notes"), 0);
    memset(notes, 0, PGSIZE);
}

/* Add to a count, atomically. */
static void note(int which, long n)
{
    __atomic_fetch_add(&notes[which], n, __ATOMIC_SEQ_CST);
}

static void (*racer)(long);

static void run_racer(long child)
{
    test_random_split(child);
    racer(child);
}

/* Run `body` in CREATORS processes at once, each with different random
   numbers. */
static void race(void (*body)(long))
{
    share_notes();
    racer = body;
    for (long i = 0; i < CREATORS; i++) {
        spawn(run_racer, i);
    }
    reap_all(CREATORS);
}

/* Create and remove one directory: each one created was removed by some
   process. */
static void make_and_remove_directory(long unused)
{
    (void)unused;
    for (int i = 0; i < ROUNDS; i++) {
        if (mkdir("d") == 0) {
            note(0, 1);
        } else {
            CHECK_EQ(errno, EEXIST);
        }
        if (rmdir("d") == 0) {
            note(0, -1);
        } else {
            CHECK_EQ(errno, ENOENT);
        }
    }
}

static void test_race_mkdir(void)
{
    race(make_and_remove_directory);
    CHECK_EQ(notes[0], rmdir("d") == 0);
    munmap(notes, PGSIZE);
}

/* Create files in a directory while others remove it: created files exist. */
static void make_in_directory(long child)
{
    char name[16];

    snprintf(name, sizeof(name), "d/%ld", child);
    for (int i = 0; i < ROUNDS; i++) {
        mkdir("d");
        int fd = open(name, O_WRONLY | O_CREATE);
        if (fd >= 0) {
            CHECK_EQ(unlink(name), 0); // the directory cannot have been removed
            close(fd);
        } else {
            CHECK_EQ(errno, ENOENT);
        }
        CHECK(rmdir("d") == 0 || errno == ENOENT || errno == ENOTEMPTY);
    }
}

static void test_race_rmdir(void)
{
    race(make_in_directory);
    rmdir("d");
    munmap(notes, PGSIZE);
}

/* Rename one name to a private one and back: exactly one name exists at any
   time. */
static void rename_and_back(long child)
{
    char *mine = name_for(child, 0);

    for (int i = 0; i < ROUNDS; i++) {
        if (rename("f", mine) == 0) {
            note(0, 1);
            check_file(mine, 10, 1);
            CHECK_EQ(links_of(mine), 1);
            CHECK_EQ(rename(mine, "f"), 0);
        } else {
            CHECK_EQ(errno, ENOENT);
            yield();
        }
    }
}

static void test_race_rename(void)
{
    make_file("f", 10, 1);
    race(rename_and_back);
    CHECK(notes[0] > 0);
    check_file("f", 10, 1);
    CHECK_EQ(links_of("f"), 1);
    CHECK_EQ(unlink("f"), 0);
    munmap(notes, PGSIZE);
}

/* Link and unlink one name of a file: its link count stays correct. */
static void link_and_unlink(long unused)
{
    (void)unused;
    for (int i = 0; i < ROUNDS; i++) {
        if (link("f", "g") == 0) {
            note(0, 1);
        } else {
            CHECK_EQ(errno, EEXIST);
        }
        if (unlink("g") == 0) {
            note(0, -1);
        } else {
            CHECK_EQ(errno, ENOENT);
        }
        int links = links_of("f");
        CHECK(links == 1 || links == 2);
    }
}

static void test_race_link(void)
{
    make_file("f", 10, 1);
    race(link_and_unlink);
    CHECK_EQ(links_of("f"), 1 + notes[0]);
    CHECK_EQ(notes[0], unlink("g") == 0);
    check_file("f", 10, 1);
    CHECK_EQ(unlink("f"), 0);
    munmap(notes, PGSIZE);
}

/* Open or create a file and remove it: a file that was opened can be used. */
static void create_and_unlink(long child)
{
    for (int i = 0; i < ROUNDS; i++) {
        char c = (char)('a' + child);
        int fd = open("f", O_RDWR | O_CREATE | O_APPEND);

        CHECK(fd >= 0);
        CHECK_EQ(write(fd, &c, 1), 1);
        CHECK_EQ(lseek(fd, 0, SEEK_SET), 0);
        CHECK_EQ(read(fd, &c, 1), 1);
        CHECK(c >= 'a' && c < 'a' + CREATORS);
        close(fd);
        CHECK(unlink("f") == 0 || errno == ENOENT);
    }
}

static void test_race_create(void)
{
    race(create_and_unlink);
    CHECK_ERROR(open("f", O_RDONLY), ENOENT);
    munmap(notes, PGSIZE);
}

/* Move directories into each other: they never form a circle, and ".." leads
   back. */
static void move_directories(long child)
{
    static const char *const names[] = {"a",   "b", "a/b",   "b/a",  "a/c",
                                        "b/c", "c", "a/b/c", "b/a/c"};

    for (int i = 0; i < ROUNDS; i++) {
        const char *from = names[test_random(LENGTH(names))];
        const char *to = names[(test_random(LENGTH(names)) + (unsigned)child) %
                               LENGTH(names)];

        CHECK(rename(from, to) == 0 || errno == ENOENT || errno == EINVAL ||
              errno == ENOTEMPTY);
    }
}

/* Remove all directories below one, checking each ".."; returns how many there
   were. */
static int remove_directories(const char *path)
{
    struct dirent entry;
    struct stat here;
    struct stat up;
    char below[64];
    int n = 0;
    int fd = open(path, O_RDONLY);

    CHECK(fd >= 0);
    CHECK_EQ(fstat(fd, &here), 0);
    while (read(fd, &entry, sizeof(entry)) > 0) {
        if (entry.name[0] == '.') {
            continue;
        }
        snprintf(below, sizeof(below), "%s/%s/..", path, entry.name);
        CHECK_EQ(stat(below, &up), 0);
        CHECK_EQ(up.ino, here.ino);
        below[strlen(below) - 3] = '\0';
        n += 1 + remove_directories(below);
        CHECK_EQ(rmdir(below), 0);
    }
    close(fd);
    return n;
}

static void test_race_directories(void)
{
    CHECK_EQ(mkdir("a"), 0);
    CHECK_EQ(mkdir("b"), 0);
    CHECK_EQ(mkdir("c"), 0);
    race(move_directories);
    int left = remove_directories(".");
    CHECK(left >= 1 && left <= 3); // one may replace an empty one
    munmap(notes, PGSIZE);
}

/* Truncate, write, and read one file: data read was written, or is a hole. */
static void cut_write_read(long child)
{
    enum { SIZE = 3 * 4096 };
    unsigned char *block = test_buffer(SIZE);
    int fd = open("f", O_RDWR);

    for (int i = 0; i < ROUNDS; i++) {
        int n = 1 + (int)test_random(SIZE);
        long at = test_random(SIZE);

        memset(block, 'a' + (int)child, (size_t)n);
        CHECK_EQ(lseek(fd, at, SEEK_SET), at);
        CHECK_EQ(write(fd, block, n), n);
        CHECK_EQ(ftruncate(fd, test_random(2 * SIZE)), 0);
        CHECK_EQ(lseek(fd, 0, SEEK_SET), 0);
        n = read(fd, block, SIZE);
        CHECK(n >= 0);
        for (int j = 0; j < n; j++) {
            CHECK(block[j] == 0 ||
                  (block[j] >= 'a' && block[j] < 'a' + CREATORS));
        }
    }
}

static void test_race_truncate(void)
{
    make_file("f", 0, 0);
    race(cut_write_read);
    CHECK_EQ(unlink("f"), 0);
    munmap(notes, PGSIZE);
}

/* Change a mapped file in every way at once: by stores, by calls on the mapped
   memory, and by truncation. */
static void use_mapped(long child)
{
    enum { SIZE = 4 * 4096 };
    int fd = open("f", O_RDWR);
    char *at = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

    CHECK(at != MAP_FAILED);
    for (int i = 0; i < ROUNDS; i++) {
        long from = test_random(SIZE);
        int n = 1 + (int)test_random(4096);

        n = n < SIZE - from ? n : SIZE - (int)from;
        CHECK_EQ(lseek(fd, test_random(SIZE), SEEK_SET) >= 0, 1);
        if (i % 4 == 0) {
            CHECK_EQ(ftruncate(fd, test_random(SIZE)), 0);
        } else if (i % 4 == 1) {
            CHECK(read(fd, at + from, n) >= 0 || errno == EIO);
        } else if (i % 4 == 2) {
            CHECK(write(fd, at + from, n) > 0 || errno == EIO);
        } else {
            CHECK_EQ(msync(at, SIZE), 0);
        }
    }
    CHECK_EQ(munmap(at, SIZE), 0);
    (void)child;
}

static void test_race_mapped(void)
{
    make_file("f", 4 * PGSIZE, 1);
    race(use_mapped);
    CHECK_EQ(unlink("f"), 0);
    munmap(notes, PGSIZE);
}

enum { RECORD = 128, SENDERS = 4 };

/* Send records through one pipe, from several writers to several readers. */
static void send_records(long fd)
{
    long record[RECORD / sizeof(long)];

    for (int i = 0; i < 4 * ROUNDS; i++) {
        long value = (long)test_random(1U << 31);

        for (size_t j = 0; j < LENGTH(record); j++) {
            record[j] = value;
        }
        CHECK_EQ(write((int)fd, record, RECORD), RECORD);
        note(0, value);
        note(1, 1);
    }
}

static void receive_records(long fd)
{
    long record[RECORD / sizeof(long)];
    int n;

    while ((n = read((int)fd, record, RECORD)) > 0) {
        CHECK_EQ(n, RECORD); // records are written and read whole
        for (size_t j = 1; j < LENGTH(record); j++) {
            CHECK_EQ(record[j], record[0]);
        }
        note(0, -record[0]);
        note(1, -1);
    }
    CHECK_EQ(n, 0);
}

static void test_race_pipe(void)
{
    int fds[2];

    share_notes();
    CHECK_EQ(pipe(fds), 0);
    for (int i = 0; i < SENDERS; i++) {
        spawn(send_records, fds[1]);
    }
    close(fds[1]);
    for (int i = 0; i < SENDERS; i++) {
        spawn(receive_records, fds[0]);
    }
    reap_all(2 * SENDERS);
    CHECK_EQ(notes[0], 0);
    CHECK_EQ(notes[1], 0);
    munmap(notes, PGSIZE);
}

enum { STARTERS = 3, FAN = 3, DEPTH = 2 }; // 120 processes, which fit in 32 MiB

/* Fork and exec from several processes; each child does it, too. */
static void fork_and_exec(long depth)
{
    for (int i = 0; i < FAN; i++) {
        int pid = fork();

        CHECK(pid >= 0);
        if (pid == 0) {
            char *argv[] = {(char[]){"true"}, NULL};

            if (depth > 0) {
                fork_and_exec(depth - 1);
            }
            exec("/bin/true", argv);
            exit(1);
        }
    }
    reap_all(FAN);
}

static void test_fork_exec_storm(void)
{
    for (int i = 0; i < STARTERS; i++) {
        spawn(fork_and_exec, DEPTH);
    }
    reap_all(STARTERS);
}

const struct test race_tests[] = {
    {"race_mkdir", test_race_mkdir, false},
    {"race_rmdir", test_race_rmdir, false},
    {"race_rename", test_race_rename, false},
    {"race_link", test_race_link, false},
    {"race_create", test_race_create, false},
    {"race_directories", test_race_directories, false},
    {"race_truncate", test_race_truncate, false},
    {"race_mapped", test_race_mapped, false},
    {"race_pipe", test_race_pipe, false},
    {"fork_exec_storm", test_fork_exec_storm, false},
    {NULL, NULL, false},
};
