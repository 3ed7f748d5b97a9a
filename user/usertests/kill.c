/*
 * kill: whatever a process is doing, it ends, and its resources are freed.
 *
 * Each victim first writes a byte to the pipe `ready`, and then makes the call
 * in which it is killed.  The killer uses three moments: at once, after a
 * random number of yields, and when the process list says that the victim
 * sleeps.
 */
#include "usertests.h"
#include "api/counters.h"

int ready[2];

/* Start a victim and wait for its byte. */
int start_victim(void (*body)(long), long argument)
{
    char c;
    int pid = spawn(body, argument);

    CHECK_EQ(read(ready[0], &c, 1), 1);
    return pid;
}

/* Tell the killer that the victim is about to make its call. */
void tell_ready(void)
{
    CHECK_EQ(write(ready[1], "r", 1), 1);
}

/* Kill a child, and check that this ended it. */
void kill_and_reap(int pid)
{
    CHECK_EQ(kill(pid), 0);
    CHECK_EQ(reap(pid), -1);
}

/* Kill body(argument) at each of the three moments. */
void kill_often(void (*body)(long), long argument, bool sleeps)
{
    CHECK_EQ(pipe(ready), 0);
    for (int i = 0; i < 10; i++) {
        int pid = start_victim(body, argument);

        for (uint32_t n = test_random(20) * (i % 2); n > 0; n--) {
            yield();
        }
        kill_and_reap(pid);
    }
    if (sleeps) {
        int pid = start_victim(body, argument);

        await_state(pid, "sleep");
        kill_and_reap(pid);
    }
    close(ready[0]);
    close(ready[1]);
}

/* Victim: read. */
static void read_for_ever(long fd)
{
    char c;

    tell_ready();
    while (read((int)fd, &c, 1) >= 0) {}
}

/* A process that reads an empty pipe. */
static void test_kill_pipe_read(void)
{
    int fds[2];

    CHECK_EQ(pipe(fds), 0);
    kill_often(read_for_ever, fds[0], true);
}

/* Victim: write. */
static void write_for_ever(long fd)
{
    enum { BLOCK = 16 * 1024 };
    char *block = test_buffer(BLOCK);

    tell_ready();
    while (write((int)fd, block, BLOCK) >= 0) {}
}

/* A process that writes to a full pipe. */
static void test_kill_pipe_write(void)
{
    int fds[2];

    CHECK_EQ(pipe(fds), 0);
    kill_often(write_for_ever, fds[1], true);
}

/* A process that reads the console. */
static void test_kill_console(void)
{
    int fd = open("/console", O_RDONLY);

    CHECK(fd >= 0);
    kill_often(read_for_ever, fd, true);
}

/* Victim: sleep. */
static void sleep_for_ever(long unused)
{
    (void)unused;
    tell_ready();
    for (;;) {
        sleep(100000);
    }
}

/* A process that sleeps. */
static void test_kill_sleep(void)
{
    kill_often(sleep_for_ever, 0, true);
}

/* Victim: wait for a child that does not end. */
static void wait_for_ever(long unused)
{
    int fds[2];

    (void)unused;
    CHECK_EQ(pipe(fds), 0);
    if (fork() == 0) {
        char c;

        close(fds[1]); // ends when the parent does
        exit(read(fds[0], &c, 1));
    }
    tell_ready();
    wait(NULL);
}

/* Victim: wait for one particular child. */
static void waitpid_for_ever(long unused)
{
    int self = getpid();

    (void)unused;
    int pid = fork();
    if (pid == 0) {
        while (getppid() == self) { // until the parent is killed
            yield();
        }
        exit(0);
    }
    tell_ready();
    waitpid(pid, NULL, 0);
}

/* A process that waits for one child. */
static void test_kill_waitpid(void)
{
    kill_often(waitpid_for_ever, 0, true);
}

/* A process that waits for a child, which becomes an orphan. */
static void test_kill_wait(void)
{
    kill_often(wait_for_ever, 0, true);
}

/* Victim: compute. */
static void spin(long unused)
{
    (void)unused;
    tell_ready();
    for (;;) {}
}

/* A process that makes no system call. */
static void test_kill_spin(void)
{
    kill_often(spin, 0, false);
}

/* Victim: yield. */
static void yield_for_ever(long unused)
{
    (void)unused;
    tell_ready();
    for (;;) {
        yield();
    }
}

/* A process that yields. */
static void test_kill_yield(void)
{
    kill_often(yield_for_ever, 0, false);
}

/* Victim: fork. */
static void fork_for_ever(long unused)
{
    (void)unused;
    tell_ready();
    for (;;) {
        if (fork() == 0) {
            exit(0);
        }
        wait(NULL);
    }
}

/* A process that forks. */
static void test_kill_fork(void)
{
    kill_often(fork_for_ever, 0, false);
}

/* Victim: start programs. */
static void exec_for_ever(long unused)
{
    char name[] = "true";
    char *argv[] = {name, NULL};

    (void)unused;
    tell_ready();
    for (;;) {
        if (fork() == 0) {
            exec("/bin/true", argv);
            exit(1);
        }
        wait(NULL);
    }
}

/* A process that starts programs. */
static void test_kill_exec(void)
{
    kill_often(exec_for_ever, 0, false);
}

/* Victim: touch new pages. */
static void grow_for_ever(long unused)
{
    (void)unused;
    tell_ready();
    for (;;) {
        char *block = sbrklazy(64 * PGSIZE);

        for (size_t i = 0; i < 64; i++) {
            block[i * PGSIZE] = 1;
        }
        sbrk(-64 * (intptr_t)PGSIZE);
    }
}

/* A process that faults pages in. */
static void test_kill_grow(void)
{
    kill_often(grow_for_ever, 0, false);
}

/* Victim: open and read files. */
static void open_for_ever(long unused)
{
    char block[512];

    (void)unused;
    tell_ready();
    for (;;) {
        int fd = open("/README", O_RDONLY);

        while (read(fd, block, sizeof(block)) > 0) {}
        close(fd);
    }
}

/* A process that uses files. */
static void test_kill_files(void)
{
    kill_often(open_for_ever, 0, false);
}

/* Victim and killer in one process. */
static void kill_self(long unused)
{
    (void)unused;
    kill(getpid());
    for (;;) { // not reached: the call does not return
        exit(3);
    }
}

/* A process can kill itself. */
static void test_kill_self(void)
{
    expect_killed(kill_self, 0);
}

/* Processes that do not exist, or must not be killed. */
static void test_kill_errors(void)
{
    int pid = fork();

    if (pid == 0) {
        exit(9);
    }
    await_state(pid, "zombie");
    kill(pid); // too late: the status is kept
    CHECK_EQ(reap(pid), 9);
    CHECK_ERROR(kill(pid), ESRCH);
    CHECK_ERROR(kill(0), ESRCH);
    CHECK_ERROR(kill(-1), ESRCH);
    CHECK_ERROR(kill(INT32_MIN), ESRCH);
    CHECK_ERROR(kill(INT32_MAX), ESRCH);
    CHECK_ERROR(kill(1), EPERM);
}

/* Victim: hold the pipe open. */
static void hold_pipe(long unused)
{
    (void)unused;
    tell_ready();
    sleep_for_ever(0);
}

/* The files of a killed process are closed. */
static void test_kill_closes(void)
{
    char c;

    CHECK_EQ(pipe(ready), 0);
    int pid = start_victim(hold_pipe, 0);
    close(ready[1]);
    CHECK_EQ(read(ready[0], &c, 1), 1); // the second byte
    CHECK_EQ(kill(pid), 0);
    CHECK_EQ(read(ready[0], &c, 1), 0);
    CHECK_EQ(reap(pid), -1);
}

/* Several processes kill the same one. */
static void kill_it(long pid)
{
    kill((int)pid);
}

/* The victim ends once, and no other process ends. */
static void test_kill_crowd(void)
{
    CHECK_EQ(pipe(ready), 0);
    for (int round = 0; round < 10; round++) {
        int victim = start_victim(sleep_for_ever, 0);
        int killed = 0;

        for (int i = 0; i < 4; i++) {
            spawn(kill_it, victim);
        }
        for (int i = 0; i < 5; i++) {
            int status;
            int pid = wait(&status);

            CHECK(pid > 0);
            CHECK_EQ(status, pid == victim ? -1 : 0);
            killed += pid == victim;
        }
        CHECK_EQ(killed, 1);
    }
}

/* A chain of processes, each of which forks the next one and ends: at any time
   some are in fork. */
static void fork_on(void)
{
    for (;;) {
        int pid = fork();

        if (pid > 0) {
            exit(0);
        }
        if (pid < 0) {
            yield();
        }
    }
}

enum { CHAINS = 8 };

static void start_chains(long ignored)
{
    (void)ignored;
    CHECK_EQ(setpgid(0, 0), 0);
    for (int i = 0; i < CHAINS; i++) {
        if (fork() == 0) {
            fork_on();
        }
    }
    for (;;) {
        sleep(100);
    }
}

/* The number of processes in a group. */
static int count_group(int pgid)
{
    int n;
    int found = 0;
    struct procinfo *list = proclist_all(&n);

    for (int i = 0; list != NULL && i < n; i++) {
        found += list[i].pgid == pgid;
    }
    free(list);
    return list != NULL ? found : -1;
}

/* A group that forks as fast as it can ends at the first kill: one missed
   process would fork forever. */
static void test_kill_bomb(void)
{
    for (int round = 0; round < 20; round++) {
        int pid = spawn(start_chains, 0);

        while (count_group(pid) < CHAINS) {
            yield();
        }
        CHECK_EQ(kill(-pid), 0);
        CHECK_EQ(reap(pid), -1);
        while (count_group(pid) != 0) {
            yield();
        }
        CHECK_ERROR(kill(-pid), ESRCH);
    }
}

const struct test kill_tests[] = {
    {"kill_pipe_read", test_kill_pipe_read, false},
    {"kill_pipe_write", test_kill_pipe_write, false},
    {"kill_console", test_kill_console, false},
    {"kill_sleep", test_kill_sleep, false},
    {"kill_wait", test_kill_wait, false},
    {"kill_waitpid", test_kill_waitpid, false},
    {"kill_spin", test_kill_spin, false},
    {"kill_yield", test_kill_yield, false},
    {"kill_fork", test_kill_fork, false},
    {"kill_exec", test_kill_exec, false},
    {"kill_grow", test_kill_grow, false},
    {"kill_files", test_kill_files, false},
    {"kill_self", test_kill_self, false},
    {"kill_errors", test_kill_errors, false},
    {"kill_closes", test_kill_closes, false},
    {"kill_crowd", test_kill_crowd, false},
    {"kill_bomb", test_kill_bomb, false},
    {NULL, NULL, false},
};
