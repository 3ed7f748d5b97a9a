/*
 * Sharing the hart: processes that take turns voluntarily, and processes that
 * are forced to.
 */
#include "lde.h"

enum {
    TURNS = 4,
    LOOPERS = 4,
    LOOP_TICKS = 10, // 1 s
};

/* One turn of a process that yields. */
struct turn {
    uint64_t time;
    int pid;
    int number;
    int hart;
};

/* Take some turns, recording each. */
static void take_turns(int out)
{
    for (int i = 1; i <= TURNS; i++) {
        struct turn turn = {rdtime(), getpid(), i, hartid()};

        write(out, &turn, sizeof(turn));
        yield();
    }
    exit(0);
}

/* Sort by time; a simple sort, because there are few. */
static void sort_turns(struct turn *turns, int n)
{
    for (int i = 1; i < n; i++) {
        struct turn moved = turns[i];
        int at = i;

        for (; at > 0 && turns[at - 1].time > moved.time; at--) {
            turns[at] = turns[at - 1];
        }
        turns[at] = moved;
    }
}

/* Print the turns, and the switches between them. */
static void print_turns(const struct turn *turns, int n)
{
    int first = turns[0].pid;

    for (int i = 0; i < n; i++) {
        const struct turn *t = &turns[i];

        table_row(PROGRAM, "%c runs, turn %d on hart %d; yield()",
                  t->pid == first ? 'A' : 'B', t->number, t->hart);
        if (i + 1 < n && turns[i + 1].hart == t->hart &&
            turns[i + 1].pid != t->pid) {
            table_row(OS, "save registers of %c, restore those of %c (swtch)",
                      t->pid == first ? 'A' : 'B', t->pid == first ? 'B' : 'A');
        }
    }
}

/* Two processes that yield. */
bool show_yield(void)
{
    struct turn turns[2 * TURNS];
    bool ok = true;
    int fds[2];

    table_begin("The cooperative way: A and B call yield()");
    if (pipe(fds) < 0) {
        return false;
    }
    for (int i = 0; i < 2; i++) {
        if (fork() == 0) {
            take_turns(fds[1]);
        }
    }
    for (int i = 0; i < 2 * TURNS; i++) {
        ok &= read(fds[0], &turns[i], sizeof(turns[i])) == sizeof(turns[i]);
    }
    while (wait(NULL) > 0) {}
    close(fds[0]);
    close(fds[1]);
    sort_turns(turns, 2 * TURNS);
    print_turns(turns, 2 * TURNS);
    table_end("With CPUS=1 they share one hart and alternate; with more each "
              "may have its own.");
    return ok;
}

/* What a process that never yields can observe about being interrupted. */
struct gaps {
    int pid;
    int count;      // how often the clock jumped
    uint64_t lost;  // ticks of the time base in the jumps
    uint64_t total; // from the first reading of the clock to the last
};

/* Read the clock continuously, with no system call, until `end`. */
static void watch_clock(int out, uint64_t end, uint64_t jump)
{
    struct gaps gaps = {.pid = getpid()};
    uint64_t start = rdtime();
    uint64_t last = start;

    while (last < end) {
        uint64_t now = rdtime();

        if (now - last > jump) {
            gaps.count++;
            gaps.lost += now - last;
        }
        last = now;
    }
    gaps.total = last - start;
    write(out, &gaps, sizeof(gaps));
    exit(0);
}

/* Measure how many ticks of the time base a tick of uptime() has. */
static uint64_t measure_tick(void)
{
    unsigned start = uptime();

    while (uptime() == start) {}
    uint64_t from = rdtime();
    while (uptime() == start + 1) {}
    return rdtime() - from;
}

/* Processes that loop for a second without a system call. */
static bool loop_together(void)
{
    uint64_t tick = measure_tick();
    uint64_t end = rdtime() + LOOP_TICKS * tick;
    int interrupted = 0;
    int fds[2];

    if (pipe(fds) < 0) {
        return false;
    }
    for (int i = 0; i < LOOPERS; i++) {
        if (fork() == 0) {
            watch_clock(fds[1], end, tick / 100); // 1 ms
        }
    }
    for (int i = 0; i < LOOPERS; i++) {
        struct gaps gaps = {0};

        read(fds[0], &gaps, sizeof(gaps));
        gaps.total += gaps.total == 0;
        table_row(PROGRAM, "%c looped, %lu %% of the time", 'A' + i,
                  100 - gaps.lost * 100 / gaps.total);
        table_row(HARDWARE,
                  "timer interrupt: save pc, raise mode, jump to stvec; so "
                  "that others ran, %d times",
                  gaps.count);
        table_row(OS, "save registers of %c, switch to another, later back",
                  'A' + i);
        interrupted += gaps.count;
    }
    while (wait(NULL) > 0) {}
    close(fds[0]);
    close(fds[1]);
    return interrupted > 0;
}

/* An endless loop, and the parent that ends it. */
bool show_loop(void)
{
    int status = 0;
    int turns = 0;

    table_begin("The timer: programs that never yield");
    bool ok = loop_together();
    int pid = fork();
    if (pid == 0) {
        for (;;) {}
    }
    table_row(PROGRAM, "E loops forever");
    for (unsigned end = uptime() + 5; uptime() < end; turns++) {
        yield();
    }
    table_row(PROGRAM, "meanwhile the parent had %d turns; kill(%d)", turns,
              pid);
    kill(pid);
    ok &= wait(&status) == pid && status == -1;
    table_row(OS, "end E at its next trap: status %d", status);
    table_end("The hart came back although E never gave it up.");
    return ok && turns > 0;
}

/* An endless loop in this process. */
bool show_freeze(void)
{
    printf(
        "lde: looping forever without a system call.\n"
        "With sched=coop and CPUS=1 no other program will run again.  Only "
        "an interrupt\ncan help, such as ^C: after each one the kernel checks "
        "for a kill.\n");
    for (;;) {}
}
