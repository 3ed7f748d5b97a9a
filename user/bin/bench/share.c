#include "bench.h"

/*
 * The same work, shared by several processes, on any number of harts.
 */

enum { SHARED_PAGES = 64, FILES = 40 };

static char chunk[PAGE];

/* ---- one operation of each kind ------------------------------------------ */

static void fork_once(int worker, int round)
{
    int pid = fork();
    if (pid == 0) {
        exit(0);
    }
    must(pid > 0 && wait(NULL) == pid, "fork and wait");
}

static void fault_once(int worker, int round)
{
    char *area = mmap(NULL, SHARED_PAGES * PAGE, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    must(area != MAP_FAILED, "mmap");
    for (int page = 0; page < SHARED_PAGES; page++) {
        area[page * PAGE] = 1;
    }
    must(munmap(area, SHARED_PAGES * PAGE) == 0, "munmap");
}

/* Bytes back and forth between two processes. */
static int there[2];
static int back[2];
static int partner;

static void talk_begin(int worker)
{
    char c;
    must(pipe(there) == 0 && pipe(back) == 0, "pipe");
    partner = fork();
    if (partner == 0) {
        close(there[1]);
        while (read(there[0], &c, 1) == 1) {
            write(back[1], &c, 1);
        }
        exit(0);
    }
}

static void talk_once(int worker, int round)
{
    char c = 'x';
    must(write(there[1], &c, 1) == 1, "write to a pipe");
    must(read(back[0], &c, 1) == 1, "read from a pipe");
}

static void talk_end(int worker)
{
    close(there[1]);
    must(wait(NULL) == partner, "wait");
    close(there[0]);
    close(back[0]);
    close(back[1]);
}

static void read_once(int worker, int round)
{
    int fd = open("/usertests", O_RDONLY);
    must(fd >= 0, "open");
    for (int j = 0; j < 16; j++) {
        must(read(fd, chunk, PAGE) == PAGE, "read");
    }
    close(fd);
}

/* Files in a separate directory for each worker, and their removal. */
static void create_begin(int worker)
{
    char name[32];
    snprintf(name, sizeof(name), "/m%d", worker);
    must(mkdir(name) == 0, "mkdir");
}

/* Create all files, then remove all. */
static void create_once(int worker, int round)
{
    char name[32];
    snprintf(name, sizeof(name), "/m%d/%d", worker, round % FILES);
    if (round / FILES % 2 != 0) {
        must(unlink(name) == 0, "unlink");
        return;
    }
    int fd = open(name, O_WRONLY | O_CREATE);
    must(fd >= 0 && write(fd, chunk, 100) == 100, "create");
    close(fd);
}

static void create_end(int worker)
{
    char name[32];
    snprintf(name, sizeof(name), "/m%d", worker);
    must(unlink(name) == 0, "rmdir");
}

/* ---- sharing ------------------------------------------------------------- */

static const struct kind {
    const char *name;
    int rounds; // per worker
    void (*begin)(int worker);
    void (*once)(int worker, int round);
    void (*end)(int worker);
} kinds[] = {
    {"fork", 40, NULL, fork_once, NULL},
    {"fault", 20, NULL, fault_once, NULL},
    {"pipe", 300, talk_begin, talk_once, talk_end},
    {"read", 100, NULL, read_once, NULL},
    {"create", 2 * FILES, create_begin, create_once, create_end},
};
enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };

static bool chosen[KINDS];
static int workers;
static int times; // how often to do the work
static int reports[2];

/* Measure one kind of work; returns the longest time that an operation took. */
static uint64_t run_kind(const struct kind *kind, int worker)
{
    uint64_t longest = 0;
    if (kind->begin != NULL) {
        kind->begin(worker);
    }
    for (int i = 0; i < times * kind->rounds; i++) {
        uint64_t start = now();
        kind->once(worker, i);
        uint64_t took = now() - start;
        longest = took > longest ? took : longest;
    }
    if (kind->end != NULL) {
        kind->end(worker);
    }
    return longest;
}

static void work(int worker)
{
    for (int i = 0; i < KINDS; i++) {
        if (chosen[i]) {
            uint64_t longest = run_kind(&kinds[i], worker);
            must(write(reports[1], &longest, sizeof(longest)) ==
                     sizeof(longest),
                 "report");
        }
    }
}

static void run_workers(int unused)
{
    for (int i = 0; i < workers; i++) {
        start_child(work, i);
    }
    for (int i = 0; i < workers; i++) {
        int status = -1;
        must(wait(&status) > 0 && status == 0, "a worker");
    }
}

/* The longest operation of the last run. */
static uint64_t longest_of_all(int count)
{
    uint64_t longest = 0;
    for (int i = 0; i < count; i++) {
        uint64_t one;
        must(read(reports[0], &one, sizeof(one)) == sizeof(one), "report");
        longest = one > longest ? one : longest;
    }
    return longest;
}

/* Let that many processes do a kind of work, or all kinds ("mix"), that many
   times. */
void share_work(const char *name, int processes, int factor)
{
    int count = 0;
    bool is_mix = strcmp(name, "mix") == 0;
    for (int i = 0; i < KINDS; i++) {
        chosen[i] = is_mix || strcmp(name, kinds[i].name) == 0;
        count += chosen[i];
    }
    must(count > 0, "no such kind of work");
    must(pipe(reports) == 0, "pipe");
    workers = processes;
    times = factor;
    run_workers(0);
    longest_of_all(workers * count);
    measure_once(name, 1, run_workers);
    printf("longest: %lu\n", longest_of_all(workers * count));
}
