/*
 * Race windows: bugs that only show when two harts are in the kernel at the
 * same moment.
 *
 * Two processes share a page, through which they can synchronize without a
 * system call: one announces a call there, and the other one makes a call after
 * a random delay, thousands of times.  On one hart they never meet, and the
 * tests only show that nothing hangs.
 */
#include "usertests.h"

/* A shared page; each field has one writer. */
struct meeting {
    volatile int arrived; // rounds in which the first process was there
};

/* A page that is shared with all later children. */
static struct meeting *meeting_new(void)
{
    int fd = open("meeting", O_RDWR | O_CREATE);
    void *page;

    CHECK(fd >= 0);
    CHECK_EQ(ftruncate(fd, PGSIZE), 0);
    page = mmap(NULL, PGSIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    CHECK(page != MAP_FAILED);
    CHECK_EQ(unlink("meeting"), 0);
    close(fd);
    return page;
}

/* Busy-wait without a trap. */
static void delay(uint32_t loops)
{
    for (volatile uint32_t i = 0; i < loops; i++) {}
}

/* Wait for a round without entering the kernel.  On one hart, the other process
   needs ours, so yield now and then. */
static void await_arrival(const struct meeting *meeting, int round)
{
    enum { PATIENCE = 10000 };

    for (int spins = 0; meeting->arrived != round; spins++) {
        if (spins % PATIENCE == PATIENCE - 1) {
            yield();
        }
    }
}

enum { NARROW = 200 }; // maximum delay before a call, in loops

static struct meeting *meeting;
static int ends[2];

/* Announce it, then sleep in a read from an empty pipe. */
static void arrive_and_read(long round)
{
    char c;
    uint32_t loops = test_random(NARROW);

    meeting->arrived = (int)round;
    delay(loops);
    read(ends[0], &c, 1);
    check_fail(__FILE__, __LINE__, "read returned");
}

/* A kill that arrives while its victim is falling asleep is not lost (P1). */
static void test_kill_window(void)
{
    enum { ROUNDS = 2000 };

    meeting = meeting_new();
    CHECK_EQ(pipe(ends), 0);
    for (int round = 1; round <= ROUNDS; round++) {
        int pid = spawn(arrive_and_read, round);

        test_random(NARROW); // otherwise both would get the same numbers
        await_arrival(meeting, round);
        delay(test_random(NARROW));
        CHECK_EQ(kill(pid), 0);
        CHECK_EQ(reap(pid), -1);
    }
}

static void rest(long tenths)
{
    sleep((int)tenths);
}

/* Run that many processes at once, so that they need new kernel stacks.  Start
   them one after another, so that no busy hart takes over any of them. */
static void use_stacks(long n)
{
    for (long i = 0; i < n; i++) {
        spawn(rest, 5);
        delay(100000);
    }
    reap_all((int)n);
    meeting->arrived = 1;
}

/* A process gets stacks that another hart has mapped, while its own hart only
   ran this process: a checked build verifies that this hart has executed a
   fence. */
static void test_stack_window(void)
{
    for (int round = 1; round <= 3; round++) {
        meeting = meeting_new();
        spawn(use_stacks, 30 * round);
        await_arrival(meeting, 1);
        spawn(rest, 0);
        reap_all(2);
    }
}

const struct test window_tests[] = {
    {"kill_window", test_kill_window, false},
    {"stack_window", test_stack_window, false},
    {NULL, NULL, false},
};
