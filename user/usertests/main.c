/*
 * usertests: the regression tests of what programs see.
 *
 *     usertests [-q] [-l] [-s SEED] [-r ROUNDS] [PATTERN...]
 *
 * -q leaves the slow tests out, -l lists the tests, -s chooses the random
 * numbers, -r repeats all.  A PATTERN is a name in which * stands for any
 * characters.  The last line is "N passed, N failed"; the status is 0 only if
 * none failed.
 *
 * Each test runs in a child, with a second child as watchdog.  Around it the
 * kernel's resource counts are compared: a test that leaves a page, a process
 * or an open file behind fails, whatever it found.
 */
#include "usertests.h"

enum {
    LIMIT = 300 * TICKHZ, // no test may take longer
    SETTLE = 100,         // attempts to find the counts as before
};

static const struct test *const all_tests[] = {
    protect_tests, register_tests, pointer_tests, memory_tests,  process_tests,
    kill_tests,    exec_tests,     file_tests,    change_tests,  name_tests,
    mmap_tests,    pipe_tests,     window_tests,  library_tests,
};

static struct options {
    bool quick;
    bool list;
    unsigned seed;
    int rounds;
    char **patterns;
    int pattern_count;
} options = {.seed = 1, .rounds = 1};

static int passed;
static int failed;
static uint64_t random_state;

/* A number below `limit` (xorshift64*). */
uint32_t test_random(uint32_t limit)
{
    random_state ^= random_state >> 12;
    random_state ^= random_state << 25;
    random_state ^= random_state >> 27;
    return (uint32_t)(random_state * 0x2545f4914f6cdd1dUL >> 32) % limit;
}

/* Make the random numbers those of this test, whichever ran before. */
static void random_start(const char *name)
{
    random_state = options.seed + 1;
    for (; *name != '\0'; name++) {
        random_state = random_state * 1099511628211UL + (unsigned char)*name;
    }
    random_state |= 1;
}

/* Whether `name` is what `pattern` describes. */
static bool match(const char *pattern, const char *name)
{
    for (; *pattern != '*'; pattern++, name++) {
        if (*pattern != *name) {
            return false;
        }
        if (*pattern == '\0') {
            return true;
        }
    }
    do {
        if (match(pattern + 1, name)) {
            return true;
        }
    } while (*name++ != '\0');
    return false;
}

/* Whether the options ask for this test. */
static bool is_chosen(const struct test *t)
{
    if (options.pattern_count == 0) {
        return !(options.quick && t->slow);
    }
    for (int i = 0; i < options.pattern_count; i++) {
        if (match(options.patterns[i], t->name)) {
            return true;
        }
    }
    return false;
}

/* The counter that differs between two readings, or NULL. */
static const struct counter *counters_differ(const struct counter *before,
                                             const struct counter *after,
                                             int count)
{
    for (int i = 0; i < count; i++) {
        if (before[i].value != after[i].value) {
            return &after[i];
        }
    }
    return NULL;
}

/* Read the counters.  Files that were in use once stay known to the kernel, so
   all are used first. */
static int counters_read(struct counter *list)
{
    struct dirent entry;
    struct stat st;
    int fd = open("/", O_RDONLY);

    while (read(fd, &entry, sizeof(entry)) > 0) {
        stat(entry.name, &st);
    }
    close(fd);
    return counters(list, COUNTERS_MAX);
}

/*
 * Whether the kernel holds what it held before.  What a process held goes back
 * a moment after its parent was told, and orphans are reaped by init, so a
 * difference gets some time to go away.
 */
static bool counters_settle(const struct counter *before, int count)
{
    struct counter now[COUNTERS_MAX];
    const struct counter *changed = NULL;

    for (int i = 0; i < SETTLE; i++) {
        counters_read(now);
        changed = counters_differ(before, now, count);
        if (changed == NULL) {
            return true;
        }
        if (i < SETTLE / 2) {
            yield();
        } else {
            sleep(1);
        }
    }
    printf("    left behind: %s was %ld, is %ld\n", changed->name,
           before[changed - now].value, changed->value);
    return false;
}

/* A child that tells the pid of a child that it leaves behind. */
static void leave_orphan(long fd)
{
    int pid = fork();

    if (pid > 0) {
        CHECK_EQ(write((int)fd, &pid, sizeof(pid)), sizeof(pid));
    }
}

/* Let init reap one orphan: it may need a page that it has not touched yet,
   and keeps. */
static void warm_up_init(void)
{
    int pid = 0;
    int fds[2];

    CHECK_EQ(pipe(fds), 0);
    expect_pass(leave_orphan, fds[1]);
    CHECK_EQ(read(fds[0], &pid, sizeof(pid)), sizeof(pid));
    close(fds[0]);
    close(fds[1]);
    await_gone(pid);
}

/* Start the test in a child; its pid. */
static int test_start(const struct test *t)
{
    int pid = fork();

    if (pid == 0) {
        random_start(t->name);
        t->run();
        exit(0);
    }
    return pid;
}

/* Start a child that ends `pid` when the time is over. */
static int watchdog_start(int pid)
{
    int watchdog = fork();

    if (watchdog == 0) {
        sleep(LIMIT);
        printf("    no end after %d s\n", LIMIT / TICKHZ);
        kill(pid);
        exit(0);
    }
    return watchdog;
}

/* Wait for the test and its watchdog, in any order; the test's status. */
static int test_wait(int pid, int watchdog)
{
    int result = -1;
    int status;
    int ended;

    while ((ended = wait(&status)) >= 0) {
        if (ended == pid) {
            result = status;
            kill(watchdog);
        }
    }
    return result;
}

/* Run one test and count its result. */
static void test_run(const struct test *t)
{
    struct counter before[COUNTERS_MAX];
    unsigned start = uptime();
    int count = counters_read(before);

    printf("test %s\n", t->name);
    int pid = test_start(t);
    int status = -1;
    if (pid > 0) {
        status = test_wait(pid, watchdog_start(pid));
    }
    bool ok = status == 0;
    if (!ok) {
        printf("    status %d\n", status);
    }
    ok = counters_settle(before, count) && ok;
    unsigned ticks = uptime() - start;
    printf("test %s: %s (%u.%u s)\n", t->name, ok ? "OK" : "FAILED",
           ticks / TICKHZ, ticks % TICKHZ);
    passed += ok;
    failed += !ok;
}

/* Run, or list, the tests that are asked for. */
static void run_all(void)
{
    for (size_t i = 0; i < LENGTH(all_tests); i++) {
        for (const struct test *t = all_tests[i]; t->name != NULL; t++) {
            if (!is_chosen(t)) {
                continue;
            }
            if (options.list) {
                printf("%s%s\n", t->name, t->slow ? " (slow)" : "");
            } else {
                test_run(t);
            }
        }
    }
}

/* Take the options; false if they make no sense. */
static bool parse_options(int argc, char **argv)
{
    int i = 1;

    for (; i < argc && argv[i][0] == '-'; i++) {
        if (strcmp(argv[i], "-q") == 0) {
            options.quick = true;
        } else if (strcmp(argv[i], "-l") == 0) {
            options.list = true;
        } else if (strcmp(argv[i], "-s") == 0 && i + 1 < argc) {
            options.seed = (unsigned)atoi(argv[++i]);
        } else if (strcmp(argv[i], "-r") == 0 && i + 1 < argc) {
            options.rounds = atoi(argv[++i]);
        } else {
            return false;
        }
    }
    options.patterns = argv + i;
    options.pattern_count = argc - i;
    return true;
}

int main(int argc, char **argv)
{
    if (!parse_options(argc, argv)) {
        fprintf(2, "usage: usertests [-q] [-l] [-s SEED] [-r ROUNDS] "
                   "[PATTERN...]\n");
        return 2;
    }
    if (options.list) {
        run_all();
        return 0;
    }
    warm_up_init();
    unsigned first = options.seed;
    for (int i = 0; i < options.rounds; i++) {
        options.seed = first + (unsigned)i;
        printf("usertests: seed %u\n", options.seed);
        run_all();
    }
    if (passed + failed == 0) {
        fprintf(2, "usertests: no test has such a name\n");
    }
    printf("%d passed, %d failed\n", passed, failed);
    return failed > 0 || passed == 0;
}
