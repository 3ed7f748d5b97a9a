#pragma once

/*
 * The framework of the host tests.  A test program is one file NAME_test.c:
 *
 *     // sources: kernel/lib/fmt.c kernel/lib/str.c
 *     // flags: -include tests/host/rename_str.h
 *     #include "check.h"
 *
 *     static void test_something(void) { CHECK(...); CHECK_EQ(a, b); }
 *
 *     int main(int argc, char **argv)
 *     {
 *         check_begin(argc, argv);
 *         RUN(test_something);
 *         return check_end();
 *     }
 *
 * The first comment line names the kernel files to link with (FS: the file
 * system with its seam); the second, if present, adds compiler flags.  The
 * program takes a seed for check_random, so that a run can be repeated, and
 * ends with one line "N passed, N failed".
 */

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static int check_passed, check_failed; // tests
static int check_wrong;                // failed checks of the current test
static uint64_t check_state = 1;       // of check_random

/* Record a failed check and continue, because later checks may tell more. */
#define CHECK(expr)                                                            \
    ((expr) ? (void)0 : check_fail(__FILE__, __LINE__, #expr, 0, 0))

/* Compare two integers, and print them on failure. */
#define CHECK_EQ(a, b)                                                         \
    check_equal((long long)(a), (long long)(b), __FILE__, __LINE__,            \
                #a " == " #b)

#define RUN(test) check_run(#test, test)

/* A broken invariant ends the program; the seam brings a panic of its own. */
__attribute__((weak, noreturn)) void panic(const char *format, ...);
void panic(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
    abort();
}

static inline void check_fail(const char *file, int line, const char *expr,
                              long long a, long long b)
{
    if (check_wrong++ < 20) {
        printf("%s:%d: not so: %s", file, line, expr);
        printf(a != b ? " (%lld, %lld)\n" : "\n", a, b);
    }
}

static inline void check_equal(long long a, long long b, const char *file,
                               int line, const char *expr)
{
    if (a != b) {
        check_fail(file, line, expr, a, b);
    }
}

static inline void check_run(const char *name, void (*test)(void))
{
    check_wrong = 0;
    test();
    if (check_wrong == 0) {
        check_passed++;
    } else {
        check_failed++;
        printf("%s: FAILED\n", name);
    }
    fflush(stdout);
}

/* The next pseudo-random number (splitmix64). */
static inline uint64_t check_random(void)
{
    uint64_t z = check_state += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}

/* A number below `limit`. */
static inline uint64_t check_random_below(uint64_t limit)
{
    return check_random() % limit;
}

static inline void check_begin(int argc, char **argv)
{
    if (argc > 1) {
        check_state = strtoull(argv[1], NULL, 0);
    }
}

/* Print the summary; returns the program's exit status. */
static inline int check_end(void)
{
    printf("%d passed, %d failed\n", check_passed, check_failed);
    return check_failed == 0 ? 0 : 1;
}
