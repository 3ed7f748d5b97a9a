#include "kernel/stat.h"
#include "kernel/fs.h"
#include "bench.h"

/*
 * Rows about files.  Rows that change the disk are measured twice, the second
 * time until sync returns, so that deferred work is counted as well.
 */

enum { LARGE = 256, SMALL = 100, LISTED = 256, NAME_SIZE = 8 };

static char chunk[PAGE];

/* Name number `n` of a family, in the directory of the measurement.  Not made
   with snprintf, whose instructions would count. */
static void set_name(char name[NAME_SIZE], char family, int n)
{
    static const char pattern[NAME_SIZE] = "/m/c000";
    memcpy(name, pattern, NAME_SIZE);
    name[3] = family;
    name[4] = (char)('0' + n / 100);
    name[5] = (char)('0' + n / 10 % 10);
    name[6] = (char)('0' + n % 10);
}

static const char *name_of(char family, int n)
{
    static char name[NAME_SIZE];
    set_name(name, family, n);
    return name;
}

static int open_or_end(const char *path, int flags)
{
    int fd = open(path, flags);
    must(fd >= 0, path);
    return fd;
}

static void prepare_directory(int rounds)
{
    must(mkdir("/m") == 0, "mkdir");
}

/* Remove the directory and everything in it. */
static void finish_directory(void)
{
    static struct dirent list[PAGE / sizeof(struct dirent)];
    char name[DIRSIZ + 8];
    int n;
    do {
        int fd = open_or_end("/m", O_RDONLY);
        n = read(fd, list, sizeof(list));
        close(fd);
        for (int i = 0; i < n / (int)sizeof(list[0]); i++) {
            snprintf(name, sizeof(name), "/m/%s", list[i].name);
            unlink(name);
        }
    } while (n > 2 * (int)sizeof(list[0]));
    must(unlink("/m") == 0, "the directory is empty");
}

/* ---- contents -------------------------------------------------------- */

static void run_write(int rounds)
{
    for (int i = 0; i < rounds; i++) {
        int fd = open_or_end(name_of('w', i), O_WRONLY | O_CREATE);
        for (int j = 0; j < LARGE; j++) {
            must(write(fd, chunk, PAGE) == PAGE, "write");
        }
        close(fd);
    }
}

static void prepare_written(int rounds)
{
    prepare_directory(rounds);
    run_write(rounds);
}

static void run_overwrite(int rounds)
{
    for (int i = 0; i < rounds; i++) {
        int fd = open_or_end(name_of('w', i), O_WRONLY);
        for (int j = 0; j < LARGE; j++) {
            must(write(fd, chunk, PAGE) == PAGE, "write");
        }
        close(fd);
    }
}

static void run_read(int rounds)
{
    for (int i = 0; i < rounds; i++) {
        int fd = open_or_end(name_of('w', i), O_RDONLY);
        for (int j = 0; j < LARGE; j++) {
            must(read(fd, chunk, PAGE) == PAGE, "read");
        }
        close(fd);
    }
}

/* Write one block and wait for the disk. */
static void run_fsync(int rounds)
{
    int fd = open_or_end(name_of('w', 0), O_WRONLY);
    for (int i = 0; i < rounds; i++) {
        lseek(fd, 0, SEEK_SET);
        must(write(fd, chunk, SMALL) == SMALL && fsync(fd) == 0, "fsync");
    }
    close(fd);
}

static void prepare_fsync(int rounds)
{
    prepare_written(1);
}

/* ---- names ------------------------------------------------------------- */

static void run_create(int rounds)
{
    for (int i = 0; i < rounds; i++) {
        int fd = open_or_end(name_of('c', i), O_WRONLY | O_CREATE);
        must(write(fd, chunk, SMALL) == SMALL, "write");
        close(fd);
    }
}

static void prepare_created(int rounds)
{
    prepare_directory(rounds);
    run_create(rounds);
}

static void run_unlink(int rounds)
{
    for (int i = 0; i < rounds; i++) {
        must(unlink(name_of('c', i)) == 0, "unlink");
    }
}

static void run_rename(int rounds)
{
    char old[NAME_SIZE];
    for (int i = 0; i < rounds; i++) {
        set_name(old, 'c', i);
        must(rename(old, name_of('r', i)) == 0, "rename");
    }
}

static void prepare_deep(int rounds)
{
    prepare_directory(rounds);
    must(mkdir("/m/p2") == 0 && mkdir("/m/p2/p3") == 0, "mkdir");
    close(open_or_end("/m/p2/p3/file", O_WRONLY | O_CREATE));
}

static void run_open(int rounds)
{
    for (int i = 0; i < rounds; i++) {
        close(open_or_end("/m/p2/p3/file", O_RDONLY));
    }
}

static void finish_deep(void)
{
    unlink("/m/p2/p3/file");
    unlink("/m/p2/p3");
    finish_directory();
}

static void run_stat(int rounds)
{
    struct stat st;
    for (int i = 0; i < rounds; i++) {
        must(stat("/m/p2/p3/file", &st) == 0, "stat");
    }
}

static void prepare_listed(int rounds)
{
    prepare_created(LISTED - 2); // LISTED entries, including . and ..
}

static void run_list(int rounds)
{
    for (int i = 0; i < rounds; i++) {
        int fd = open_or_end("/m", O_RDONLY);
        while (read(fd, chunk, PAGE) > 0) {}
        close(fd);
    }
}

const struct row file_rows[] = {
    {"write a new file, per KiB (4 KiB writes)", 4, LARGE *PAGE / KIB,
     run_write, prepare_directory, finish_directory, false, true},
    {"write over a file, per KiB", 4, LARGE *PAGE / KIB, run_overwrite,
     prepare_written, finish_directory, false, true},
    {"read it back cached, per KiB", 4, LARGE *PAGE / KIB, run_read,
     prepare_written, finish_directory, false, false},
    {"write 100 bytes and fsync", 50, 1, run_fsync, prepare_fsync,
     finish_directory, false, false},
    {"create a file of 100 bytes", 200, 1, run_create, prepare_directory,
     finish_directory, false, true},
    {"unlink it", 200, 1, run_unlink, prepare_created, finish_directory, false,
     true},
    {"rename it", 200, 1, run_rename, prepare_created, finish_directory, false,
     true},
    {"open + close of a 4-deep path", 200, 1, run_open, prepare_deep,
     finish_deep, false, false},
    {"stat of a 4-deep path", 200, 1, run_stat, prepare_deep, finish_deep,
     false, false},
    {"read a directory, per entry", 10, LISTED, run_list, prepare_listed,
     finish_directory, false, false},
    {NULL, 0, 0, NULL, NULL, NULL, false, false},
};
