/*
 * Waiting for one child, process groups and sessions, and the time of day.
 */
#include "usertests.h"

enum { NOBODY = 0x3ffffffe }; // a pid that no process has

static int go[2]; // a pipe: each byte lets one child end

/* Wait for a byte, then exit with that status. */
static void exit_when_told(long status)
{
    char c;

    if (read(go[0], &c, 1) == 1) {
        exit((int)status);
    }
}

static void tell_to_go(void)
{
    CHECK_EQ(write(go[1], "g", 1), 1);
}

static void exit_at_once(long status)
{
    exit((int)status);
}

/* waitpid returns only the given child, even if others run or have ended. */
static void test_waitpid(void)
{
    int status = 77;

    CHECK_EQ(pipe(go), 0);
    int first = spawn(exit_when_told, 1);
    int second = spawn(exit_at_once, 2);
    int third = spawn(exit_at_once, 3);
    await_state(second, "zombie");
    await_state(third, "zombie");
    CHECK_EQ(waitpid(first, &status, WNOHANG), 0);
    CHECK_EQ(status, 77);
    CHECK_EQ(waitpid(third, &status, 0), third);
    CHECK_EQ(status, 3);
    CHECK_ERROR(waitpid(third, &status, 0), ECHILD);
    tell_to_go();
    CHECK_EQ(waitpid(first, NULL, 0), first);
    CHECK_EQ(reap(second), 2);
}

/* Any child, if one has ended. */
static void test_waitpid_any(void)
{
    int status = 77;

    CHECK_EQ(pipe(go), 0);
    CHECK_ERROR(waitpid(-1, &status, WNOHANG), ECHILD);
    int child = spawn(exit_when_told, 4);
    CHECK_EQ(waitpid(-1, &status, WNOHANG), 0);
    CHECK_EQ(status, 77);
    tell_to_go();
    CHECK_EQ(waitpid(-1, &status, 0), child);
    CHECK_EQ(status, 4);
    child = spawn(exit_at_once, 5);
    await_state(child, "zombie");
    CHECK_EQ(waitpid(-1, &status, WNOHANG), child);
    CHECK_EQ(status, 5);
    CHECK_ERROR(waitpid(-1, &status, 0), ECHILD);
}

/* Pids that are no children, and invalid flags; no child is lost. */
static void test_waitpid_errors(void)
{
    int status;

    CHECK_EQ(pipe(go), 0);
    int child = spawn(exit_at_once, 6);
    await_state(child, "zombie");
    CHECK_ERROR(waitpid(getpid(), &status, 0), ECHILD);
    CHECK_ERROR(waitpid(getppid(), &status, WNOHANG), ECHILD);
    CHECK_ERROR(waitpid(NOBODY, &status, 0), ECHILD);
    CHECK_ERROR(waitpid(0, &status, 0), EINVAL);
    CHECK_ERROR(waitpid(-2, &status, 0), EINVAL);
    CHECK_ERROR(waitpid(INT32_MIN, &status, 0), EINVAL);
    CHECK_ERROR(waitpid(child, &status, 2), EINVAL);
    CHECK_ERROR(waitpid(child, &status, -1), EINVAL);
    CHECK_ERROR(waitpid(child, (int *)-8L, 0), EFAULT);
    CHECK_EQ(waitpid(child, &status, 0), child);
    CHECK_EQ(status, 6);
}

static void leave_grandchild(long fd)
{
    int pid = spawn(exit_when_told, 7);

    CHECK_EQ(write((int)fd, &pid, sizeof(pid)), sizeof(pid));
    tell_to_go();
    CHECK_EQ(waitpid(pid, NULL, 0), pid);
}

/* A grandchild cannot be waited for. */
static void test_waitpid_grandchild(void)
{
    int fds[2];
    int pid;

    CHECK_EQ(pipe(go), 0);
    CHECK_EQ(pipe(fds), 0);
    int child = spawn(leave_grandchild, fds[1]);
    CHECK_EQ(read(fds[0], &pid, sizeof(pid)), sizeof(pid));
    CHECK_ERROR(waitpid(pid, NULL, 0), ECHILD);
    CHECK_EQ(reap(child), 0);
}

/* Many children at once, waited for in a different order. */
static void test_waitpid_many(void)
{
    enum { CHILDREN = 30 };
    int pids[CHILDREN];

    for (int i = 0; i < CHILDREN; i++) {
        pids[i] = spawn(exit_at_once, i);
    }
    for (int i = 0; i < CHILDREN; i++) {
        int which = (i * 7 + 3) % CHILDREN;
        int status = -1;

        CHECK_EQ(waitpid(pids[which], &status, 0), pids[which]);
        CHECK_EQ(status, which);
    }
    CHECK_ERROR(wait(NULL), ECHILD);
}

/* Groups of another session, or of none; nothing changes. */
static void test_groups_foreign(void)
{
    int console = open("/console", O_RDONLY);

    CHECK_EQ(pipe(go), 0);
    int child = spawn(exit_when_told, 8);
    CHECK_ERROR(setpgid(0, 1), EPERM); // init's group
    CHECK_ERROR(setpgid(child, 1), EPERM);
    CHECK_ERROR(setpgid(0, NOBODY), EPERM);
    CHECK_ERROR(setpgid(0, child), EPERM); // it is not a group leader yet
    CHECK_ERROR(tcsetpgrp(console, 1), EPERM);
    CHECK_ERROR(tcsetpgrp(console, NOBODY), EPERM);
    CHECK_EQ(setpgid(child, child), 0);
    CHECK_EQ(setpgid(0, child), 0);
    tell_to_go();
    CHECK_EQ(reap(child), 8);
    CHECK_EQ(setpgid(0, child), 0); // the group has another member
    CHECK_EQ(setpgid(0, 0), 0);
    CHECK_ERROR(setpgid(0, child), EPERM);
}

/* The clock advances, and files get their times from it. */
static void test_time(void)
{
    long stored = 0;
    struct stat st;

    long before = time(&stored);
    CHECK_EQ(stored, before);
    make_file("f", 1, 1);
    long after = time(NULL);
    CHECK_EQ(stat("f", &st), 0);
    CHECK(before > 0 && before <= after);
    CHECK((uint64_t)before * 1000000000 <= st.mtime + 999999999);
    CHECK(st.mtime / 1000000000 <= (uint64_t)after);
    unsigned start = uptime();
    sleep(2 * TICKHZ);
    unsigned slept = uptime() - start;
    long seconds = time(NULL) - after;
    CHECK(seconds >= 1 && seconds <= slept / TICKHZ + 2);
    CHECK_EQ(unlink("f"), 0);
}

const struct test wait_tests[] = {
    {"waitpid", test_waitpid, false},
    {"waitpid_any", test_waitpid_any, false},
    {"waitpid_errors", test_waitpid_errors, false},
    {"waitpid_grandchild", test_waitpid_grandchild, false},
    {"waitpid_many", test_waitpid_many, false},
    {"groups_foreign", test_groups_foreign, false},
    {"time", test_time, false},
    {NULL, NULL, false},
};
