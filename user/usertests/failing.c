/*
 * Tests that fail on purpose, because the detection of failures is tested, too.
 * Their names begin with "fails_", and only the full name selects them.
 */
#include "usertests.h"

/* A check that fails in the middle of the test. */
static void test_fails_check(void)
{
    make_file("rest", 10, 1);
    CHECK_EQ(mkdir("directory"), 0);
    make_file("directory/rest", 10, 1);
    CHECK_EQ(1 + 1, 3);
}

/* Leaves a name behind. */
static void test_fails_to_remove(void)
{
    make_file("rest", 10, 1);
}

/* Leaves a file outside the test's directory. */
static void test_fails_to_stay_inside(void)
{
    make_file("/usertests-rest", 10, 1);
}

/* A bad access ends the test. */
static void test_fails_by_fault(void)
{
    *(volatile char *)bad_addresses[1] = 1;
}

/* Write a file again and again. */
static void write_on(long unused)
{
    (void)unused;
    for (;;) {
        make_file("busy", 1000, 1);
    }
}

/* Compute in a process group that has another member. */
static void spin_in_group(long unused)
{
    (void)unused;
    CHECK_EQ(setpgid(0, 0), 0);
    fork();
    tell_ready();
    for (;;) {}
}

/* Run another program, which sleeps. */
static void become_sleep(long unused)
{
    char *argv[] = {"sleep", "100000", NULL};

    (void)unused;
    exec("/bin/sleep", argv);
    check_fail(__FILE__, __LINE__, "no /bin/sleep");
}

/* Start children of several kinds that never end by themselves. */
static void start_endless(void)
{
    char c;

    CHECK_EQ(pipe(ready), 0);
    int sleeper = spawn(become_sleep, 0);
    spawn(spin_in_group, 0);
    CHECK_EQ(read(ready[0], &c, 1), 1);
    CHECK_EQ(read(ready[0], &c, 1), 1);
    await_state(sleeper, "sleep");
}

/* A failed check while children run, one of which changes files. */
static void test_fails_among_children(void)
{
    start_endless();
    spawn(write_on, 0);
    CHECK_EQ(1 + 1, 3);
}

/* All checks pass, but children still run. */
static void test_fails_to_end_children(void)
{
    start_endless();
}

const struct test failing_tests[] = {
    {"fails_check", test_fails_check, false},
    {"fails_to_remove", test_fails_to_remove, false},
    {"fails_to_stay_inside", test_fails_to_stay_inside, false},
    {"fails_by_fault", test_fails_by_fault, false},
    {"fails_among_children", test_fails_among_children, false},
    {"fails_to_end_children", test_fails_to_end_children, false},
    {NULL, NULL, false},
};
