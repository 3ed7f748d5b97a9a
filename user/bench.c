#include <stdbool.h>
#include "user/user.h"

/*
 * bench: what an operation costs, in instructions.  Under
 * `-icount shift=0 -smp 1` the instret counter is exact: every instruction of
 * the program, the kernel and the firmware between two readings counts.
 * Without icount the figures are host time and mean nothing.
 */

static uint64_t instructions(void)
{
    uint64_t n;
    asm volatile("rdinstret %0" : "=r"(n));
    return n;
}

/* getpid(): the way into the kernel and back. */
static void null_call(void)
{
    getpid();
}

/* A child that ends at once. */
static void fork_exit_wait(void)
{
    if (fork() == 0) {
        exit(0);
    }
    wait(NULL);
}

/* A child that runs another program. */
static void fork_exec_exit_wait(void)
{
    static char name[] = "/true";
    char *argv[] = {name, NULL};
    if (fork() == 0) {
        exec(name, argv);
        exit(1);
    }
    wait(NULL);
}

/* Open and close a file in the root. */
static void open_close(void)
{
    close(open("/README.md", 0));
}

/* Grow the heap by a page, touch it, and give it back. */
static void sbrk_touch(void)
{
    char *page = sbrk(4096);
    *page = 1;
    sbrk(-4096);
}

/* A byte to a child and one back: four ends, two switches. */
static int there[2] = {-1, -1};
static int back[2];

static void ping_pong(void)
{
    char c = 'x';
    write(there[1], &c, 1);
    read(back[0], &c, 1);
}

static void start_echo(void)
{
    pipe(there);
    pipe(back);
    if (fork() == 0) {
        char c;
        close(there[1]);
        while (read(there[0], &c, 1) == 1) {
            write(back[1], &c, 1);
        }
        exit(0);
    }
}

/* ---- files ------------------------------------------------------------- */

enum { CHUNK = 4096, LARGE = 256 * CHUNK };

static char chunk[CHUNK];
static int serial;

/* A name that no other round uses. */
static const char *fresh_name(void)
{
    static char name[16];

    snprintf(name, sizeof(name), "/b%d", serial++);
    return name;
}

/* A new file of 100 bytes. */
static void create_small(void)
{
    int fd = open(fresh_name(), O_WRONLY | O_CREATE);

    write(fd, chunk, 100);
    close(fd);
}

/* Its end. */
static void unlink_small(void)
{
    unlink(fresh_name());
}

/* 100 bytes more, on the disk. */
static void append_sync(void)
{
    int fd = open("/log", O_WRONLY | O_CREATE | O_APPEND);

    write(fd, chunk, 100);
    fsync(fd);
    close(fd);
}

/* A MiB, as 1024 KiB. */
static void write_large(void)
{
    int fd = open("/large", O_WRONLY | O_CREATE | O_TRUNC);

    for (int i = 0; i < LARGE / CHUNK; i++) {
        write(fd, chunk, CHUNK);
    }
    close(fd);
}

static void read_large(void)
{
    int fd = open("/large", O_RDONLY);

    while (read(fd, chunk, CHUNK) > 0) {}
    close(fd);
}

/* A path of four names. */
static void open_deep(void)
{
    close(open("/p1/p2/p3/file", O_RDONLY));
}

static void make_deep(void)
{
    mkdir("/p1");
    mkdir("/p1/p2");
    mkdir("/p1/p2/p3");
    close(open("/p1/p2/p3/file", O_WRONLY | O_CREATE));
}

/* ---- the table ----------------------------------------------------------- */

static const struct row {
    const char *name;
    void (*operation)(void);
    int rounds;
    int units; // in one round; the figure is for one of them
    void (*prepare)(void);
} rows[] = {
    {"getpid", null_call, 1000, 1, NULL},
    {"fork + exit + wait", fork_exit_wait, 100, 1, NULL},
    {"fork + exec + exit + wait", fork_exec_exit_wait, 50, 1, NULL},
    {"open + close", open_close, 100, 1, NULL},
    {"open + close, 4 names deep", open_deep, 100, 1, make_deep},
    {"sbrk, touch, shrink by a page", sbrk_touch, 100, 1, NULL},
    {"one byte through two pipes and back", ping_pong, 500, 1, start_echo},
    {"create a file of 100 bytes", create_small, 100, 1, NULL},
    {"unlink it", unlink_small, 100, 1, NULL},
    {"write a new file, per KiB", write_large, 4, LARGE / 1024, NULL},
    {"read it, per KiB", read_large, 4, LARGE / 1024, NULL},
    {"append 100 bytes + fsync", append_sync, 20, 1, NULL},
};

/* Mean cost of an operation, after one that warms up. */
static void measure(const struct row *row)
{
    if (row->prepare != NULL) {
        row->prepare();
    }
    serial = 0;
    row->operation();
    uint64_t start = instructions();
    for (int i = 0; i < row->rounds; i++) {
        row->operation();
    }
    uint64_t units = (uint64_t)row->rounds * (uint64_t)row->units;
    printf("%7lu  %s\n", (instructions() - start) / units, row->name);
}

/* All rows, or those whose names begin like an argument. */
int main(int argc, char **argv)
{
    printf("instructions\n");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        bool chosen = argc < 2;

        for (int n = 1; n < argc; n++) {
            chosen |= strncmp(argv[n], rows[i].name, strlen(argv[n])) == 0;
        }
        if (chosen) {
            measure(&rows[i]);
        }
    }
    unlink("/large");
    unlink("/log");
    close(there[1]);
    wait(NULL);
    return 0;
}
