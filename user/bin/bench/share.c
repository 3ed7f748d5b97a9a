#include "bench.h"

/*
 * The same work, shared by eight processes, on however many harts there are.
 */

enum { WORKERS = 8, SHARED_PAGES = 64 };

static char chunk[PAGE];

static void fork_some(int worker)
{
    for (int i = 0; i < 40; i++) {
        int pid = fork();
        if (pid == 0) {
            exit(0);
        }
        must(pid > 0 && wait(NULL) == pid, "fork and wait");
    }
}

static void fault_some(int worker)
{
    for (int i = 0; i < 20; i++) {
        char *area = mmap(NULL, SHARED_PAGES * PAGE, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        must(area != MAP_FAILED, "mmap");
        for (int page = 0; page < SHARED_PAGES; page++) {
            area[page * PAGE] = 1;
        }
        must(munmap(area, SHARED_PAGES * PAGE) == 0, "munmap");
    }
}

/* Bytes back and forth within a pair. */
static void talk(int worker)
{
    int there[2];
    int back[2];
    char c = 'x';
    must(pipe(there) == 0 && pipe(back) == 0, "pipe");
    int pid = fork();
    if (pid == 0) {
        close(there[1]);
        while (read(there[0], &c, 1) == 1) {
            write(back[1], &c, 1);
        }
        exit(0);
    }
    for (int i = 0; i < 300; i++) {
        must(write(there[1], &c, 1) == 1, "write to a pipe");
        must(read(back[0], &c, 1) == 1, "read from a pipe");
    }
    close(there[1]);
    must(wait(NULL) == pid, "wait");
}

static void read_some(int worker)
{
    for (int i = 0; i < 100; i++) {
        int fd = open("/usertests", O_RDONLY);
        must(fd >= 0, "open");
        for (int j = 0; j < 16; j++) {
            must(read(fd, chunk, PAGE) == PAGE, "read");
        }
        close(fd);
    }
}

/* Files in a folder of one's own, and their end. */
static void create_some(int worker)
{
    char name[32];
    snprintf(name, sizeof(name), "/m%d", worker);
    must(mkdir(name) == 0, "mkdir");
    for (int i = 0; i < 40; i++) {
        snprintf(name, sizeof(name), "/m%d/%d", worker, i);
        int fd = open(name, O_WRONLY | O_CREATE);
        must(fd >= 0 && write(fd, chunk, 100) == 100, "create");
        close(fd);
    }
    for (int i = 0; i < 40; i++) {
        snprintf(name, sizeof(name), "/m%d/%d", worker, i);
        must(unlink(name) == 0, "unlink");
    }
    snprintf(name, sizeof(name), "/m%d", worker);
    must(unlink(name) == 0, "rmdir");
}

static void mix(int worker)
{
    fork_some(worker);
    fault_some(worker);
    talk(worker);
    read_some(worker);
    create_some(worker);
}

static void (*work)(int worker);

static void run_workers(int unused)
{
    for (int i = 0; i < WORKERS; i++) {
        start_child(work, i);
    }
    for (int i = 0; i < WORKERS; i++) {
        int status = -1;
        must(wait(&status) > 0 && status == 0, "a worker");
    }
}

void share_work(const char *kind)
{
    static const struct {
        const char *name;
        void (*work)(int worker);
    } kinds[] = {
        {"fork", fork_some}, {"fault", fault_some},   {"pipe", talk},
        {"read", read_some}, {"create", create_some}, {"mix", mix},
    };
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (strcmp(kind, kinds[i].name) == 0) {
            work = kinds[i].work;
        }
    }
    must(work != NULL, "no such kind of work");
    run_workers(0);
    measure_once(kind, 1, run_workers);
}
