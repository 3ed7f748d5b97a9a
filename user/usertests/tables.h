#pragma once

#include <stdbool.h>

/*
 * A test.  It runs in a separate process and directory, which it must leave
 * empty; it passes by returning.  A failed check prints its place and reason
 * and ends the process with status 1; in a child, the parent notices the
 * status.
 */
struct test {
    const char *name;
    void (*run)(void);
    bool slow; // skipped by -q
};

/* The tests of each file, by subject; the last has no name. */
extern const struct test agree_tests[];
extern const struct test change_tests[];
extern const struct test edge_tests[];
extern const struct test error_tests[];
extern const struct test exec_tests[];
extern const struct test failing_tests[];
extern const struct test file_tests[];
extern const struct test fresh_tests[];
extern const struct test hunger_tests[];
extern const struct test kill_file_tests[];
extern const struct test kill_tests[];
extern const struct test library_tests[];
extern const struct test memory_tests[];
extern const struct test mmap_tests[];
extern const struct test name_tests[];
extern const struct test open_tests[];
extern const struct test pipe_tests[];
extern const struct test window_tests[];
extern const struct test pointer_tests[];
extern const struct test process_tests[];
extern const struct test protect_tests[];
extern const struct test race_tests[];
extern const struct test read_only_tests[];
extern const struct test register_tests[];
extern const struct test shortage_tests[];
extern const struct test wait_tests[];
