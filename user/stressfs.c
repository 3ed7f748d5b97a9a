/*
 * stressfs [PROCESSES [ROUNDS]]: many processes use many files, and check them.
 * They write, read, and delete large and small files at the same time, and read
 * the same programs again and again.  All contents are checked.
 *
 * Each process has its own directory.  Large files need more blocks than an
 * inode holds, so all levels of the block map are built and freed.  The small
 * files do not fit in one block of a directory.
 */
#include <stdbool.h>
#include "kernel/stat.h"
#include "user/user.h"

#define BASE "/stress" // a directory; /stressfs is the program itself

enum { BIG = 150 * 4096 + 77, SMALL = 90, SMALL_BYTES = 700, PIECE = 20000 };

static const char *const programs[] = {"/usertests", "/sh", "/README.md"};
enum { PROGRAMS = sizeof(programs) / sizeof(programs[0]) };

static char buffer[PIECE];
static char want[PIECE];

/* Print a message, and end this process. */
static void fail(const char *what, const char *path)
{
    printf("stressfs: %s: %s (%s)\n", path, what, strerror(errno));
    exit(1);
}

/* Open a file, or end. */
static int must_open(const char *path, int flags)
{
    int fd = open(path, flags);

    if (fd < 0) {
        fail("open", path);
    }
    return fd;
}

/* A checksum of the contents of a file. */
static unsigned long checksum(const char *path)
{
    unsigned long sum = 1469598103934665603UL;
    int fd = must_open(path, O_RDONLY);
    int n;

    while ((n = read(fd, buffer, sizeof(buffer))) > 0) {
        for (int i = 0; i < n; i++) {
            sum = (sum ^ (unsigned char)buffer[i]) * 1099511628211UL;
        }
    }
    if (n < 0) {
        fail("read", path);
    }
    close(fd);
    return sum;
}

/* Compute the bytes that belong at one position of a file. */
static void fill(char *to, int at, int n, unsigned seed)
{
    for (int i = 0; i < n; i++) {
        to[i] = (char)((unsigned)(at + i) * 2654435761U >> 13 ^ seed);
    }
}

/* Write bytes [from, end) of a file in pieces. */
static void write_file(const char *path, int from, int end, unsigned seed)
{
    int fd = must_open(path, O_WRONLY | O_CREATE);

    lseek(fd, from, SEEK_SET);
    for (int at = from; at < end;) {
        int n = end - at < PIECE ? end - at : PIECE;

        fill(buffer, at, n, seed);
        if (write(fd, buffer, n) != n) {
            fail("write", path);
        }
        at += n;
    }
    close(fd);
}

/* Check bytes [from, end) of a file. */
static void check_file(const char *path, int from, int end, unsigned seed)
{
    int fd = must_open(path, O_RDONLY);

    lseek(fd, from, SEEK_SET);
    for (int at = from; at < end;) {
        int n = end - at < PIECE ? end - at : PIECE;

        fill(want, at, n, seed);
        if (read(fd, buffer, n) != n || memcmp(buffer, want, (size_t)n) != 0) {
            fail("contents differ from what was written", path);
        }
        at += n;
    }
    close(fd);
}

/* Check the size of a file. */
static void check_size(const char *path, int n)
{
    struct stat st;

    if (stat(path, &st) < 0 || st.size != (unsigned long)n) {
        fail("wrong size", path);
    }
}

static void remove_file(const char *path)
{
    if (unlink(path) < 0) {
        fail("unlink", path);
    }
}

/* Small files: create all, then check and remove all. */
static void work_on_small(unsigned seed)
{
    char path[16];

    for (int i = 0; i < SMALL; i++) {
        snprintf(path, sizeof(path), "s%d", i);
        write_file(path, 0, SMALL_BYTES + i, seed + (unsigned)i);
    }
    for (int i = 0; i < SMALL; i++) {
        snprintf(path, sizeof(path), "s%d", i);
        check_size(path, SMALL_BYTES + i);
        check_file(path, 0, SMALL_BYTES + i, seed + (unsigned)i);
        remove_file(path);
    }
}

/* A large file: write, change in the middle, truncate, check, remove. */
static void work_on_big(unsigned seed)
{
    const int from = BIG / 3;
    const int end = from + BIG / 5;

    write_file("big", 0, BIG, seed);
    check_size("big", BIG);
    write_file("big", from, end, seed + 1);
    check_file("big", 0, from, seed);
    check_file("big", from, end, seed + 1);
    check_file("big", end, BIG, seed);
    if (truncate("big", end) < 0) {
        fail("truncate", "big");
    }
    check_size("big", end);
    check_file("big", from, end, seed + 1);
    remove_file("big");
}

/* One process. */
static void work(int number, int rounds, const unsigned long *sums)
{
    char directory[32];

    snprintf(directory, sizeof(directory), BASE "/%d", number);
    if (mkdir(directory) < 0 || chdir(directory) < 0) {
        fail("mkdir", directory);
    }
    for (int i = 0; i < rounds; i++) {
        work_on_small((unsigned)(number * 100 + i));
        work_on_big((unsigned)(number * 100 + i));
        const char *program = programs[(number + i) % PROGRAMS];
        if (checksum(program) != sums[(number + i) % PROGRAMS]) {
            fail("it has changed", program);
        }
    }
    if (chdir("/") < 0 || rmdir(directory) < 0) {
        fail("rmdir", directory);
    }
    exit(0);
}

/* Start all processes and wait for them; returns how many failed. */
static int run(int processes, int rounds)
{
    unsigned long sums[PROGRAMS];
    int failed = 0;
    int status;

    for (int i = 0; i < PROGRAMS; i++) {
        sums[i] = checksum(programs[i]);
    }
    for (int i = 0; i < processes; i++) {
        int pid = fork();

        if (pid == 0) {
            work(i, rounds, sums);
        }
        failed += pid < 0;
    }
    while (wait(&status) > 0) {
        failed += status != 0;
    }
    return failed;
}

/* Remove what an interrupted run has left. */
static void remove_all(void)
{
    char *argv[] = {"rm", "-r", BASE, NULL};
    struct stat st;

    if (stat(BASE, &st) == 0) {
        if (fork() == 0) {
            exec("/rm", argv);
            exit(1);
        }
        wait(NULL);
    }
}

/* A number from 1 to 100 from the command line; 0 for anything else. */
static int parse_number(const char *text)
{
    char *end;
    long number = strtol(text, &end, 10);

    return *end == '\0' && number >= 1 && number <= 100 ? (int)number : 0;
}

int main(int argc, char **argv)
{
    int processes = argc > 1 ? parse_number(argv[1]) : 6;
    int rounds = argc > 2 ? parse_number(argv[2]) : 3;

    if (argc > 3 || processes == 0 || rounds == 0) {
        fprintf(2, "usage: stressfs [PROCESSES [ROUNDS]]\n");
        return 2;
    }
    remove_all();
    if (mkdir(BASE) < 0) {
        fail("mkdir", BASE);
    }
    int failed = run(processes, rounds);
    if (failed == 0 && rmdir(BASE) < 0) {
        fail("rmdir", BASE);
    }
    printf("stressfs: %s\n", failed == 0 ? "OK" : "FAILED");
    return failed != 0;
}
