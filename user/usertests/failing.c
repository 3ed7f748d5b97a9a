/*
 * Tests that fail on purpose: that failing is noticed is a promise as well.
 * The name of each begins with "fails_", and only its full name chooses it.
 */
#include "usertests.h"

/* A check that does not hold, in the middle of the work. */
static void test_fails_check(void)
{
    make_file("rest", 10, 1);
    CHECK_EQ(mkdir("folder"), 0);
    make_file("folder/rest", 10, 1);
    CHECK_EQ(1 + 1, 3);
}

/* A name that stays. */
static void test_fails_to_remove(void)
{
    make_file("rest", 10, 1);
}

/* A file outside of the test's folder stays. */
static void test_fails_to_stay_inside(void)
{
    make_file("/usertests-rest", 10, 1);
}

/* An access that ends the test. */
static void test_fails_by_fault(void)
{
    *(volatile char *)bad_addresses[1] = 1;
}

const struct test failing_tests[] = {
    {"fails_check", test_fails_check, false},
    {"fails_to_remove", test_fails_to_remove, false},
    {"fails_to_stay_inside", test_fails_to_stay_inside, false},
    {"fails_by_fault", test_fails_by_fault, false},
    {NULL, NULL, false},
};
