/*
 * Operations with processes: children that write for the worker, run programs,
 * fill pipes, and are killed; and memory that grows and shrinks.
 *
 * A child may use the worker's open files, but must not change the model.
 */
#include "grind.h"

enum { PAGE = 4096, PIPED = 20000, FAR = FIRST + SLOTS + 2 };

static unsigned char sent[PIPED];
static unsigned char got[PIPED];

/* Start a child; returns 0 in it, and -1 if memory may have run out. */
static int start(void)
{
    int pid = fork();

    if (pid < 0) {
        agree("fork", -errno, 0);
    }
    return pid;
}

/* Wait for the only child and check its pid; returns its status. */
static long reap(int pid)
{
    int status = 0;
    int ended = wait(&status);

    if (ended != pid) {
        fail("wait: %d, not %d", ended, pid);
    }
    return status;
}

/* A child writes, which also moves the worker's position. */
static long child_write(int fd, const void *from, long n)
{
    int pid = start();

    if (pid == 0) {
        exit((int)outcome(write(fd, from, (int)n)));
    }
    return pid < 0 ? -errno : reap(pid);
}

static void run_child_write(void)
{
    int slot = slot_some();
    long n = 1 + (long)random_below(2 * PAGE);

    if (slot >= 0) {
        opened_write(slot, n, child_write);
    }
}

/* Read from a pipe to its end; returns how many bytes. */
static int drain(int fd, unsigned char *to, int room)
{
    int done = 0;
    int n;

    while (done < room && (n = read(fd, to + done, room - done)) > 0) {
        done += n;
    }
    close(fd);
    return done;
}

/* Create a pipe at descriptors that the worker does not use. */
static bool pipe_far(int fds[2])
{
    int near[2];

    if (!agree("pipe", outcome(pipe(near)), 0)) {
        return false;
    }
    for (int i = 0; i < 2; i++) {
        fds[i] = FAR + i;
        if (dup2(near[i], FAR + i) != FAR + i || close(near[i]) < 0) {
            fail("dup2 of a pipe: %s", strerror(errno));
        }
    }
    return true;
}

/* A child runs a program; its output must be the expected text. */
static void run_exec(void)
{
    char word[16];
    char *argv[] = {"echo", word, "x y", NULL};
    char want[32];
    int fds[2];

    snprintf(word, sizeof(word), "%u", random_below(1U << 31));
    int length = snprintf(want, sizeof(want), "%s x y\n", word);
    detail("echo %s", word);
    if (options.dry || !pipe_far(fds)) {
        return;
    }
    int pid = start();
    if (pid == 0) {
        dup2(fds[1], 1);
        close(fds[1]);
        exec("/echo", argv);
        exit(errno);
    }
    close(fds[1]);
    int n = drain(fds[0], got, sizeof(got));
    if (pid < 0) {
        return;
    }
    bool ran = agree("exit status", -reap(pid), 0);
    if (ran && (n != length || memcmp(got, want, (size_t)n) != 0)) {
        fail("the program printed %d bytes, not %d, or others", n, length);
    }
}

/* A child sends bytes through a pipe, in pieces. */
static void run_pipe(void)
{
    int length = 1 + (int)random_below(PIPED);
    int piece = 1 + (int)random_below(length > 5000 ? 5000 : length);
    int fds[2];

    detail("%d bytes by %d", length, piece);
    if (options.dry || !pipe_far(fds)) {
        return;
    }
    pattern(sent, length, (uint32_t)now.number);
    int pid = start();
    if (pid == 0) {
        for (int at = 0; at < length; at += piece) {
            int n = length - at < piece ? length - at : piece;
            if (write(fds[1], sent + at, n) != n) {
                exit(1);
            }
        }
        exit(0);
    }
    close(fds[1]);
    int n = drain(fds[0], got, sizeof(got));
    if (pid < 0) {
        return;
    }
    agree("exit status", reap(pid), 0);
    if (n != length || memcmp(sent, got, (size_t)n) != 0) {
        fail("%d bytes came through the pipe, or others", n);
    }
}

/* The work of a child until it is killed. */
static void wait_for_death(uint32_t how, int fd)
{
    char c;

    while (how == 0) {
        sleep(1000 * TICKHZ);
    }
    while (how == 1) {
        read(fd, &c, 1); // sleeps: nobody writes
    }
    while (how == 2) {
        exit(fork() == 0 ? 0 : (int)wait(NULL) < 0);
    }
    for (;;) {
        c++;
    }
}

/* A child is killed, whatever it is doing. */
static void run_kill(void)
{
    uint32_t how = random_below(4);
    int fds[2];

    detail("way %u", how);
    if (options.dry || !pipe_far(fds)) {
        return;
    }
    int pid = start();
    if (pid == 0) {
        wait_for_death(how, fds[0]);
    }
    if (pid > 0) {
        yield();
        TRY(0, kill(pid));
        long status = reap(pid);
        if (status != -1 && (status != 0 || how != 2)) {
            fail("a child that was killed has status %ld", status);
        }
        // Another process could have this pid by now, but only much later.
        TRY(-ESRCH, kill(pid));
    }
    close(fds[0]);
    close(fds[1]);
}

/* Wait for a child; returns 0, because the pid differs in each run. */
static int wait_for(int pid, int *status)
{
    int ended = waitpid(pid, status, 0);

    return ended == pid ? 0 : ended;
}

/* Two children, of which one has ended. */
static void run_waitpid(void)
{
    int status = (int)random_below(1000);
    int got_status = -1;
    int fds[2];
    char c;

    detail("status %d", status);
    if (options.dry || !pipe_far(fds)) {
        return;
    }
    int sleeper = start();
    if (sleeper == 0) {
        close(fds[1]);
        exit((int)read(fds[0], &c, 1)); // until the pipe is closed
    }
    int quick = sleeper > 0 ? start() : -1;
    if (quick == 0) {
        exit(status);
    }
    if (quick > 0) {
        TRY(0, wait_for(quick, &got_status));
        if (got_status != status) {
            fail("waitpid: status %d, not %d", got_status, status);
        }
        TRY(-ECHILD, wait_for(quick, NULL));
        TRY(0, waitpid(sleeper, NULL, WNOHANG));
    }
    close(fds[0]);
    close(fds[1]);
    if (sleeper > 0) {
        TRY(0, wait_for(sleeper, NULL));
    }
}

/* The heap grows, is zeroed, keeps its contents, and shrinks. */
static void run_sbrk(void)
{
    long n = 1 + (long)random_below(40 * PAGE);

    detail("%ld bytes", n);
    if (options.dry) {
        return;
    }
    char *at = sbrk(n);
    if (!agree("sbrk", at == SBRK_ERROR ? -errno : 0, 0)) {
        return;
    }
    for (long i = 0; i < n; i += 97) {
        if (at[i] != 0) {
            fail("sbrk: byte %ld is %d", i, at[i]);
        }
        at[i] = (char)(i >> 4 | 1);
    }
    for (long i = 0; i < n; i += 97) {
        if (at[i] != (char)(i >> 4 | 1)) {
            fail("sbrk: byte %ld has changed to %d", i, at[i]);
        }
    }
    if (sbrk(-n) != at + n) {
        fail("sbrk: the heap did not shrink");
    }
}

/* A child changes its copy of the worker's memory; the original must not
   change. */
static void run_fork(void)
{
    uint32_t seed = random_below(1000);

    if (options.dry) {
        return;
    }
    pattern(sent, PIPED, seed);
    int pid = start();
    if (pid == 0) {
        memset(sent, 0, PIPED);
        exit((int)seed);
    }
    if (pid > 0) {
        agree("exit status", reap(pid), seed);
        pattern(got, PIPED, seed);
        if (memcmp(sent, got, PIPED) != 0) {
            fail("fork: the child has changed the parent's memory");
        }
    }
}

const struct operation process_operations[] = {
    {"write of a child", run_child_write, 4, true},
    {"exec", run_exec, 2, true},
    {"pipe", run_pipe, 3, true},
    {"kill", run_kill, 2, true},
    {"waitpid", run_waitpid, 2, true},
    {"sbrk", run_sbrk, 4, true},
    {"fork", run_fork, 2, true},
    {0},
};
