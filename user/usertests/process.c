/*
 * Processes: fork, exit, wait, their limits; time; scheduling.
 */
#include "usertests.h"
#include "api/counters.h"

static void exit_with(long status)
{
    exit((int)status);
}

/* Sleep until killed. */
static void sleep_for_ever(long unused)
{
    (void)unused;
    for (;;) {
        sleep(1000);
    }
}

/* The parent gets the whole status. */
static void test_exit_status(void)
{
    static const int statuses[] = {0,    1,          2,         127,
                                   128,  255,        256,       -2,
                                   -128, 0x12345678, INT32_MAX, INT32_MIN};

    for (size_t i = 0; i < LENGTH(statuses); i++) {
        CHECK_EQ(reap(spawn(exit_with, statuses[i])), statuses[i]);
    }
}

/* Every child is reaped once, in the order in which they ended. */
static void test_wait_each(void)
{
    enum { CHILDREN = 10 };
    int pids[CHILDREN];

    CHECK_ERROR(wait(NULL), ECHILD);
    for (int i = 0; i < CHILDREN; i++) {
        pids[i] = spawn(exit_with, i);
        await_state(pids[i], "zombie");
    }
    for (int i = 0; i < CHILDREN; i++) {
        CHECK_EQ(reap(pids[i]), i);
    }
    CHECK_ERROR(wait(NULL), ECHILD);
}

static int orphan_parent;

/* Report the new parent after the one that forked us has ended. */
static void orphan(long fd)
{
    int parent;

    do {
        yield();
        parent = getppid();
    } while (parent == orphan_parent);
    write((int)fd, &parent, sizeof(parent));
}

/* Leave a child behind. */
static void orphan_maker(long fd)
{
    orphan_parent = getpid();
    spawn(orphan, fd);
}

/* An orphan's parent is init. */
static void test_orphan(void)
{
    int parent;
    int fds[2];

    CHECK_EQ(pipe(fds), 0);
    expect_pass(orphan_maker, fds[1]);
    CHECK_EQ(read(fds[0], &parent, sizeof(parent)), sizeof(parent));
    CHECK_EQ(parent, 1);
}

/* Leave children behind, some of them already ended. */
static void orphan_storm(long unused)
{
    (void)unused;
    for (int i = 0; i < 10; i++) {
        spawn(exit_with, 0);
    }
}

/* Many orphans, many of them zombies: init reaps them all, as the comparison of
   counters shows. */
static void test_orphan_storm(void)
{
    for (int i = 0; i < 10; i++) {
        expect_pass(orphan_storm, 0);
    }
}

/* Fork a child that ends when its parent does. */
static void exit_together(long unused)
{
    (void)unused;
    if (fork() == 0) {
        exit(0);
    }
}

/* Parent and child end at the same time. */
static void test_exit_race(void)
{
    for (int i = 0; i < 200; i++) {
        expect_pass(exit_together, 0);
    }
}

/* A child forks a child, which forks a child, and so on; the sum comes back
   up. */
static void descend(long depth)
{
    if (depth == 0) {
        exit(0);
    }
    exit(reap(spawn(descend, depth - 1)) + 1);
}

/* A chain of forty. */
static void test_fork_deep(void)
{
    CHECK_EQ(reap(spawn(descend, 40)), 40);
}

/* Pids are positive and all different, and fork and getpid agree. */
static void test_pids(void)
{
    enum { CHILDREN = 50 };
    int pids[CHILDREN];
    int fds[2];

    CHECK_EQ(pipe(fds), 0);
    for (int i = 0; i < CHILDREN; i++) {
        pids[i] = fork();
        CHECK(pids[i] >= 0);
        if (pids[i] == 0) {
            int self[2] = {i, getpid()};

            exit(write(fds[1], self, sizeof(self)) != sizeof(self));
        }
        for (int j = 0; j < i; j++) {
            CHECK(pids[j] != pids[i]);
        }
    }
    for (int i = 0; i < CHILDREN; i++) {
        int child[2];

        CHECK_EQ(read(fds[0], child, sizeof(child)), sizeof(child));
        CHECK_EQ(pids[child[0]], child[1]);
    }
    reap_all(CHILDREN);
}

/* Fork up to `most` children that wait for a pipe to close; returns how
   many. */
static int fork_many(int most)
{
    int fds[2];
    int n = 0;

    CHECK_EQ(pipe(fds), 0);
    for (; n < most; n++) {
        int pid = fork();

        if (pid < 0) {
            CHECK(errno == ENOMEM || errno == EAGAIN);
            break;
        }
        if (pid == 0) {
            char c;

            close(fds[1]);
            exit(read(fds[0], &c, 1));
        }
    }
    close(fds[0]);
    close(fds[1]);
    reap_all(n);
    return n;
}

/* A hundred processes at the same time. */
static void test_fork_hundred(void)
{
    CHECK_EQ(fork_many(100), 100);
}

/* As many as memory allows; afterwards everything is as before. */
static void test_fork_limit(void)
{
    int first = fork_many(100 * 1000);

    CHECK(first > 100);
    CHECK(fork_many(100 * 1000) > first / 2);
}

/* Fork and exit repeatedly, several at a time. */
static void fork_often(long rounds)
{
    while (rounds-- > 0) {
        expect_pass(exit_with, 0);
    }
}

/* Four processes that only fork. */
static void test_fork_storm(void)
{
    for (int i = 0; i < 4; i++) {
        spawn(fork_often, 100);
    }
    reap_all(4);
}

static void yield_often(long n)
{
    while (n-- > 0) {
        CHECK_EQ(yield(), 0);
    }
}

/* Processes that yield all make progress. */
static void test_yield(void)
{
    enum { PROCESSES = 6 };

    for (int i = 0; i < PROCESSES; i++) {
        spawn(yield_often, 1000);
    }
    reap_all(PROCESSES);
}

/* Compute until killed. */
static void spin(long unused)
{
    (void)unused;
    for (;;) {}
}

/* Programs that never yield do not stop others from running. */
static void test_preempt(void)
{
    enum { SPINNERS = 8 };
    int pids[SPINNERS];

    for (int i = 0; i < SPINNERS; i++) {
        pids[i] = spawn(spin, 0);
    }
    expect_pass(exit_with, 0);
    for (int i = 0; i < SPINNERS; i++) {
        CHECK_EQ(kill(pids[i]), 0);
    }
    for (int i = 0; i < SPINNERS; i++) {
        int status;

        CHECK(wait(&status) > 0);
        CHECK_EQ(status, -1);
    }
}

/* sleep takes the given time, or none. */
static void test_sleep(void)
{
    unsigned start = uptime();

    CHECK_EQ(sleep(0), 0);
    sleep(-1);
    sleep(INT32_MIN);
    CHECK(uptime() - start < 1000); // not the years of an unsigned count
    for (int ticks = 1; ticks < 4; ticks++) {
        start = uptime();
        CHECK_EQ(sleep(ticks), 0);
        CHECK(uptime() - start >= (unsigned)ticks);
    }
}

static void sleep_ticks(long ticks)
{
    sleep((int)ticks);
}

/* Start three sleepers; returns whether they ended in the order of their
   times. */
static bool wake_in_order(void)
{
    int late = spawn(sleep_ticks, 12);
    int early = spawn(sleep_ticks, 2);
    int middle = spawn(sleep_ticks, 7);
    int first = wait(NULL);
    int second = wait(NULL);
    int third = wait(NULL);

    return first == early && second == middle && third == late;
}

/* Sleepers wake in the order of their times.  A busy host may stop the machine
   while two of these times pass; then the order is undefined, so the test tries
   again. */
static void test_sleep_order(void)
{
    int attempts = 1;

    while (!wake_in_order()) {
        CHECK(attempts < 5);
        attempts++;
    }
}

/* uptime never goes back, whichever hart reads the time. */
static void test_uptime(void)
{
    unsigned last = uptime();

    for (int i = 0; i < 2000; i++) {
        unsigned now = uptime();

        CHECK(now >= last);
        CHECK(now - last < 1000);
        last = now;
        if (i % 100 == 0) {
            yield();
        }
    }
}

/* The record of a process in the list; with pid 0 if it is not there. */
static struct procinfo find_process(int pid)
{
    int n;
    struct procinfo *list = proclist_all(&n);
    struct procinfo found = {.pid = 0};

    CHECK(list != NULL);
    for (int i = 0; i < n; i++) {
        found = list[i].pid == pid ? list[i] : found;
    }
    free(list);
    return found;
}

/* The process list is correct for known processes. */
static void test_proclist(void)
{
    struct procinfo self = find_process(getpid());
    int child = spawn(sleep_for_ever, 0);

    CHECK_EQ(self.pid, getpid());
    CHECK_EQ(self.ppid, getppid());
    CHECK(strcmp(self.name, "usertests") == 0);
    CHECK(strcmp(self.state, "run") == 0);
    CHECK(self.pages > 0);
    CHECK_EQ(find_process(1).ppid, 0);
    CHECK(strcmp(find_process(1).name, "init") == 0);
    await_state(child, "sleep");
    CHECK_EQ(find_process(child).ppid, getpid());
    CHECK_EQ(kill(child), 0);
    await_state(child, "zombie");
    CHECK_EQ(reap(child), -1);
    CHECK_EQ(find_process(child).pid, 0);
}

/* Groups are inherited, and can be set for this process and its children. */
static void test_groups(void)
{
    int child = spawn(sleep_for_ever, 0);
    int stranger = getppid();

    CHECK_EQ(find_process(child).pgid, find_process(getpid()).pgid);
    CHECK_EQ(setpgid(child, 0), 0);
    CHECK_EQ(find_process(child).pgid, child);
    CHECK_EQ(setpgid(0, child), 0);
    CHECK_EQ(find_process(getpid()).pgid, child);
    CHECK_ERROR(setpgid(stranger, 0), ESRCH);
    CHECK_ERROR(setpgid(0, -1), EINVAL);
    CHECK_EQ(kill(child), 0);
    CHECK_EQ(reap(child), -1);
}

/* hartid returns one of a few harts. */
static void test_hartid(void)
{
    for (int i = 0; i < 20; i++) {
        CHECK(hartid() >= 0);
        CHECK(hartid() < 4096);
        yield();
    }
}

const struct test process_tests[] = {
    {"exit_status", test_exit_status, false},
    {"wait_each", test_wait_each, false},
    {"orphan", test_orphan, false},
    {"orphan_storm", test_orphan_storm, false},
    {"exit_race", test_exit_race, false},
    {"fork_deep", test_fork_deep, false},
    {"pids", test_pids, false},
    {"fork_hundred", test_fork_hundred, false},
    {"fork_limit", test_fork_limit, true},
    {"fork_storm", test_fork_storm, false},
    {"yield", test_yield, false},
    {"preempt", test_preempt, false},
    {"sleep", test_sleep, false},
    {"sleep_order", test_sleep_order, false},
    {"uptime", test_uptime, false},
    {"proclist", test_proclist, false},
    {"groups", test_groups, false},
    {"hartid", test_hartid, false},
    {NULL, NULL, false},
};
