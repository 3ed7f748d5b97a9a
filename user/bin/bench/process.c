#include "bench.h"

/*
 * Rows about processes: traps, switches, pipes, fork, exec, kill and wait.
 */

enum { HEAP = 4 << 20, KILLED_MAX = 200 };

static char chunk[PAGE];
static int there[2] = {-1, -1};
static int back[2] = {-1, -1};
static int partner;
static int asleep[KILLED_MAX];

static void run_getpid(int rounds)
{
    for (int i = 0; i < rounds; i++) {
        getpid();
    }
}

/* ---- switches ---------------------------------------------------------- */

static void yield_always(int unused)
{
    for (;;) {
        yield();
    }
}

static void prepare_yield(int rounds)
{
    partner = start_child(yield_always, 0);
}

static void run_yield(int rounds)
{
    for (int i = 0; i < rounds; i++) {
        yield();
    }
}

static void finish_partner(void)
{
    end_child(partner);
}

/* Echo each byte. */
static void echo_bytes(int unused)
{
    char c;
    close(there[1]);
    while (read(there[0], &c, 1) == 1) {
        write(back[1], &c, 1);
    }
}

static void prepare_ping_pong(int rounds)
{
    must(pipe(there) == 0 && pipe(back) == 0, "pipe");
    partner = start_child(echo_bytes, 0);
}

static void run_ping_pong(int rounds)
{
    char c = 'x';
    for (int i = 0; i < rounds; i++) {
        must(write(there[1], &c, 1) == 1, "write to a pipe");
        must(read(back[0], &c, 1) == 1, "read from a pipe");
    }
}

static void finish_pipes(void)
{
    end_child(partner);
    for (int i = 0; i < 2; i++) {
        close(there[i]);
        close(back[i]);
        there[i] = -1;
        back[i] = -1;
    }
}

/* Write pages until there is no reader. */
static void pour(int unused)
{
    close(back[0]);
    while (write(back[1], chunk, PAGE) == PAGE) {}
}

static void prepare_pour(int rounds)
{
    must(pipe(back) == 0, "pipe");
    partner = start_child(pour, 0);
}

static void run_pour(int rounds)
{
    for (long left = (long)rounds * PAGE; left > 0;) {
        int n = read(back[0], chunk, left < PAGE ? (int)left : PAGE);
        must(n > 0, "read from a pipe");
        left -= n;
    }
}

/* ---- fork, exec, exit, wait ---------------------------------------------- */

static void run_fork(int rounds)
{
    for (int i = 0; i < rounds; i++) {
        int pid = fork();
        if (pid == 0) {
            exit(0);
        }
        must(pid > 0 && wait(NULL) == pid, "fork and wait");
    }
}

/* Touch heap memory, which fork then has to share. */
static void prepare_heap(int rounds)
{
    char *heap = sbrk(HEAP);
    must(heap != SBRK_ERROR, "sbrk");
    for (int i = 0; i < HEAP; i += PAGE) {
        heap[i] = 1;
    }
}

static void finish_heap(void)
{
    sbrk(-HEAP);
}

static void run_exec_of(const char *path, char *argument, int rounds)
{
    char *argv[] = {(char *)path, argument, NULL};
    for (int i = 0; i < rounds; i++) {
        int status = -1;
        int pid = fork();
        if (pid == 0) {
            exec(path, argv);
            exit(1);
        }
        must(pid > 0 && wait(&status) == pid && status == 0, "exec");
    }
}

/* The directory of the programs, so that a row measures exec and not paths. */
static void prepare_exec(int rounds)
{
    must(chdir("/bin") == 0, "chdir");
}

static void finish_exec(void)
{
    must(chdir("/") == 0, "chdir");
}

static void run_exec(int rounds)
{
    run_exec_of("true", NULL, rounds);
}

/* Run bench itself, which has half a MiB; the word `nothing` makes it exit at
   once. */
static void run_exec_large(int rounds)
{
    run_exec_of("bench", "nothing", rounds);
}

/* ---- kill ---------------------------------------------------------------- */

static void sleep_in_read(int unused)
{
    char c;
    read(there[0], &c, 1);
}

/* Create `rounds` processes that sleep in a pipe. */
static void prepare_asleep(int rounds)
{
    must(rounds <= KILLED_MAX, "room for the pids");
    must(pipe(there) == 0, "pipe");
    for (int i = 0; i < rounds; i++) {
        asleep[i] = start_child(sleep_in_read, 0);
    }
    pause(1);
}

static void run_kill(int rounds)
{
    for (int i = 0; i < rounds; i++) {
        must(kill(asleep[i]) == 0 && wait(NULL) == asleep[i], "kill");
    }
}

static void finish_asleep(void)
{
    close(there[0]);
    close(there[1]);
}

const struct row process_rows[] = {
    {"getpid", 1000, 1, run_getpid, NULL, NULL, false, false},
    {"switch by yield", 500, 2, run_yield, prepare_yield, finish_partner, false,
     false},
    {"one-byte ping-pong over two pipes, round trip", 500, 1, run_ping_pong,
     prepare_ping_pong, finish_pipes, false, false},
    {"pipe, per KiB (4 KiB writes)", 256, PAGE / KIB, run_pour, prepare_pour,
     finish_pipes, false, false},
    {"fork + exit + wait", 100, 1, run_fork, NULL, NULL, false, false},
    {"the same with a touched 4 MiB heap", 50, 1, run_fork, prepare_heap,
     finish_heap, false, false},
    {"fork + exec + exit + wait", 50, 1, run_exec, prepare_exec, finish_exec,
     false, false},
    {"the same with a program of 512 KiB", 50, 1, run_exec_large, prepare_exec,
     finish_exec, false, false},
    {"kill and wait for a sleeping process", 100, 1, run_kill, prepare_asleep,
     finish_asleep, false, false},
    {NULL, 0, 0, NULL, NULL, NULL, false, false},
};
