/*
 * usertests: the regression tests of what programs see.
 *
 *     usertests [-q] [-l] [-e] [-s SEED] [-r ROUNDS] [PATTERN...]
 *
 * -q skips the slow tests, -l lists the tests, -s sets the seed of the random
 * numbers, -r repeats all tests, each time with the next seed, and -e prints
 * which errors calls have returned.  A PATTERN is a name in which * matches any
 * characters.  The last line is "N passed, N failed"; the status is 0 only if
 * none failed.
 *
 * Each test runs in a child, with a second child as watchdog.  It starts in an
 * empty directory, which it must leave empty; it uses full paths for files of
 * /.  The kernel's resource counters and the disk's free blocks and inodes are
 * compared before and after: a test that leaves a page, a process, an open
 * file, a block, or a name behind fails.  Names and running processes that a
 * failed test leaves are removed, so that the next test is not affected.
 */
#include "usertests.h"
#include "api/counters.h"

enum {
    LIMIT = 300 * TICKHZ, // time limit of a test
    SETTLE = 100,         // attempts until the counters must have settled
};

static const struct test *const all_tests[] = {
    protect_tests, register_tests,  pointer_tests,   edge_tests,
    error_tests,   shortage_tests,  hunger_tests,    race_tests,
    memory_tests,  process_tests,   wait_tests,      kill_tests,
    fresh_tests,   read_only_tests, kill_file_tests, exec_tests,
    file_tests,    agree_tests,     change_tests,    name_tests,
    open_tests,    mmap_tests,      pipe_tests,      window_tests,
    library_tests, failing_tests,
};

static struct options {
    bool quick;
    bool list;
    bool errors;
    unsigned seed;
    unsigned rounds;
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

/* Give this child different random numbers from its siblings. */
void test_random_split(long child)
{
    random_state += (uint64_t)(child + 1) * 0x9e3779b97f4a7c15UL;
    random_state |= 1;
}

/* Seed the random numbers with the test's name, whichever tests ran before. */
static void random_start(const char *name)
{
    random_state = options.seed + 1;
    for (; *name != '\0'; name++) {
        random_state = random_state * 1099511628211UL + (unsigned char)*name;
    }
    random_state |= 1;
}

/* Whether `name` matches `pattern`. */
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

/* Whether a test fails on purpose. */
static bool must_fail(const struct test *t)
{
    return strncmp(t->name, "fails_", 6) == 0;
}

/* Whether the options select this test. */
static bool is_chosen(const struct test *t)
{
    if (options.pattern_count == 0) {
        return !(options.quick && t->slow) && !must_fail(t);
    }
    for (int i = 0; i < options.pattern_count; i++) {
        const char *pattern = options.patterns[i];

        if (must_fail(t) ? strcmp(pattern, t->name) == 0
                         : match(pattern, t->name)) {
            return true;
        }
    }
    return false;
}

/* The resources of the kernel and the disk. */
struct state {
    int count;
    struct counter counters[COUNTERS_MAX + 2];
};

/* A counter that differs between two readings, or NULL. */
static const struct counter *state_differs(const struct state *before,
                                           const struct state *after)
{
    for (int i = 0; i < before->count; i++) {
        if (before->counters[i].value != after->counters[i].value) {
            return &after->counters[i];
        }
    }
    return NULL;
}

/* Use each file of a directory; `directory` ends with a slash. */
static void use_files(const char *directory)
{
    char path[sizeof("/bin/") + NAMEMAX];
    struct dirent entry;
    struct stat st;
    int fd = open(directory, O_RDONLY);

    while (read(fd, &entry, sizeof(entry)) > 0) {
        snprintf(path, sizeof(path), "%s%s", directory, entry.name);
        stat(path, &st);
    }
    close(fd);
}

/* Read the counters.  The kernel keeps files cached after their first use, so
   all files are used first. */
static void state_read(struct state *now)
{
    struct statfs disk;

    use_files("/");
    use_files("/bin/");
    now->count = counters(now->counters, COUNTERS_MAX);
    if (statfs(&disk) == 0) {
        now->counters[now->count++] =
            (struct counter){"free blocks", (int64_t)disk.free_blocks};
        now->counters[now->count++] =
            (struct counter){"free inodes", (int64_t)disk.free_inodes};
    }
}

/*
 * Whether the kernel holds what it held before.  The resources of a process may
 * be freed shortly after its parent is notified, and init reaps orphans, so
 * differences get some time to disappear.
 */
static bool state_settles(const struct state *before)
{
    struct state now;
    const struct counter *changed = NULL;

    for (int i = 0; i < SETTLE; i++) {
        state_read(&now);
        changed = state_differs(before, &now);
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
           before->counters[changed - now.counters].value, changed->value);
    return false;
}

/* A child that leaves a child behind and sends its pid. */
static void leave_orphan(long fd)
{
    int pid = fork();

    if (pid > 0) {
        CHECK_EQ(write((int)fd, &pid, sizeof(pid)), sizeof(pid));
    }
}

/* Let init reap one orphan: for that it may allocate a page, which it keeps. */
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

/* Start the test in a child, in its directory; returns the pid. */
static int test_start(const struct test *t, const char *directory)
{
    int pid = fork();

    if (pid == 0) {
        CHECK_EQ(chdir(directory), 0);
        random_start(t->name);
        t->run();
        exit(0);
    }
    return pid;
}

/* Start a child that kills `pid` when the time limit is over. */
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

/* Wait for the test and its watchdog, in any order; returns the test's
   status. */
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

/* Run a test in its own directory; returns whether it passed; *pid is its
   pid. */
static bool test_passes(const struct test *t, int *pid)
{
    int status = -1;
    bool entered = scratch_enter();

    *pid = test_start(t, entered ? SCRATCH : "/");
    if (*pid > 0) {
        status = test_wait(*pid, watchdog_start(*pid));
    }
    if (status != 0) {
        printf("    status %d\n", status);
        rest_end(*pid);
    }
    return scratch_leave(entered) && status == 0;
}

/* Run one test and count its result. */
static void test_run(const struct test *t)
{
    struct state before;
    unsigned start = uptime();
    int pid;

    state_read(&before);
    printf("test %s\n", t->name);
    bool ok = test_passes(t, &pid);
    if (!state_settles(&before)) {
        ok = false;
        rest_end(pid);
    }
    unsigned ticks = uptime() - start;
    printf("test %s: %s (%u.%u s)\n", t->name, ok ? "OK" : "FAILED",
           ticks / TICKHZ, ticks % TICKHZ);
    if (!ok) {
        printf("    to repeat it: usertests -s %u %s\n", options.seed, t->name);
    }
    passed += ok;
    failed += !ok;
}

/* Run or list the selected tests. */
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

/* Report a wrong command line and exit. */
static void __attribute__((noreturn)) usage(const char *what, const char *word)
{
    fprintf(2, "usertests: %s%s\n", what, word);
    fprintf(2, "usage: usertests [-q] [-l] [-e] [-s SEED] [-r ROUNDS] "
               "[PATTERN...]\n");
    exit(2);
}

/* The number after an option; at least 0 or 1, and in range. */
static unsigned number_after(const char *option, const char *word, long least)
{
    char *end;

    if (word == NULL) {
        usage("a number must follow ", option);
    }
    long value = strtol(word, &end, 10);
    if (end == word || *end != '\0' || value < least || value > UINT32_MAX) {
        usage(least > 0 ? "not a number of rounds: " : "not a seed: ", word);
    }
    return (unsigned)value;
}

/* Parse the options. */
static void parse_options(int argc, char **argv)
{
    int i = 1;

    for (; i < argc && argv[i][0] == '-'; i++) {
        if (strcmp(argv[i], "-q") == 0) {
            options.quick = true;
        } else if (strcmp(argv[i], "-l") == 0) {
            options.list = true;
        } else if (strcmp(argv[i], "-e") == 0) {
            options.errors = true;
        } else if (strcmp(argv[i], "-s") == 0) {
            i++;
            options.seed = number_after("-s", argv[i], 0);
        } else if (strcmp(argv[i], "-r") == 0) {
            i++;
            options.rounds = number_after("-r", argv[i], 1);
        } else {
            usage("unknown option: ", argv[i]);
        }
    }
    options.patterns = argv + i;
    options.pattern_count = argc - i;
}

int main(int argc, char **argv)
{
    parse_options(argc, argv);
    if (options.list) {
        run_all();
        return 0;
    }
    if (chdir("/") != 0) {
        perror("usertests: /");
        return 1;
    }
    warm_up_init();
    touch_stack();
    scratch_warm_up();
    rest_warm_up();
    if (options.errors) {
        record_start();
    }
    unsigned first = options.seed;
    for (unsigned i = 0; i < options.rounds; i++) {
        options.seed = first + i;
        printf("usertests: seed %u\n", options.seed);
        run_all();
    }
    if (passed + failed == 0) {
        fprintf(2, "usertests: no test has such a name\n");
    }
    if (options.errors) {
        record_print();
    }
    printf("%d passed, %d failed\n", passed, failed);
    return failed > 0 || passed == 0;
}
