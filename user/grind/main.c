/*
 * grind: processes work at random, and check everything.
 *
 *     grind [-s SEED] [-n OPERATIONS] [-p PROCESSES] [-t] [-d]
 *     grind -c NUMBER,NUMBER... (and -s, -n, -p as before)
 *
 * Each worker has its own directory and a model of its contents: names, links,
 * file contents, open files.  It picks operations at random, computes the
 * expected result of each from the model, and compares.  From time to time, and
 * at the end, it compares everything.  In addition, all workers race in one
 * shared directory, where only rules can be checked that hold in any order
 * (shared.c).  The same seed makes each worker do the same operations; a digest
 * of all results confirms that.
 *
 * -t: other programs use up memory and disk meanwhile, so a call may fail for
 * lack of them.  -d: use only operations that the log makes atomic, and print
 * which operation is durable.  -c: after a crash of a run with -d, find out
 * whether each worker's directory matches the state after some operation, not
 * before the durable one; only the model repeats the operations.
 *
 * The status is 0 if everything was correct.  Then nothing is left behind on
 * the disk or in the kernel.
 */
#include "grind.h"
#include "api/counters.h"

enum {
    CHECK_EVERY = 500, // operations between two full checks
    SHARED_SHARE = 8,  // one in this many operations is in the shared directory
    OPERATIONS = 48,   // maximum number of kinds
    SETTLE = 50,       // tenths of a second for the counters to settle
    LOSS_MAX = 20000,  // operations that a crash may have lost
};

struct options options = {.seed = 1, .operations = 2000, .workers = 4};

/* ---- the work ----------------------------------------------------------- */

static const struct operation *choices[OPERATIONS];
static int choice_count;
static int weight_sum;

/* Add the operations of one kind to the choices. */
static void choices_add(const struct operation *list)
{
    for (; list->run != NULL; list++) {
        if (list->whole || !options.durable) {
            choices[choice_count++] = list;
            weight_sum += list->weight;
        }
    }
}

/* A random operation, by weight. */
static const struct operation *pick_operation(void)
{
    int pick = (int)random_below((uint32_t)weight_sum);
    int i = 0;

    while (pick >= choices[i]->weight) {
        pick -= choices[i++]->weight;
    }
    return choices[i];
}

/* Prepare to work, or to simulate the work. */
static void worker_begin(int worker)
{
    now = (struct now){.worker = worker, .operation = "begin"};
    random_start(options.seed * (uint64_t)WORKERS_MAX + (uint64_t)worker);
    model_begin(worker);
    memset(slots, 0, sizeof(slots));
}

/* Perform the next operation. */
static void worker_step(void)
{
    now.number++;
    if (random_below(SHARED_SHARE) == 0) {
        uint32_t choice = random_below(1 << 16);
        uint32_t seed = random_below(1 << 16);
        if (!options.dry) {
            shared_step(now.worker, choice, seed);
        }
        return;
    }
    const struct operation *operation = pick_operation();
    now.operation = operation->name;
    now.detail[0] = '\0';
    operation->run();
}

/* Compare everything. */
static void worker_check(void)
{
    now.operation = "check of all";
    detail("%s", model.prefix);
    if (!check_tree(true)) {
        exit(1);
    }
    slots_check();
    shared_check(now.worker);
}

/* Work. */
static void worker_run(int worker)
{
    worker_begin(worker);
    for (int fd = FIRST; fd < NOFILE; fd++) {
        close(fd);
    }
    if (chdir(model.prefix) < 0) {
        fail("%s: %s", model.prefix, strerror(errno));
    }
    while (now.number < options.operations) {
        worker_step();
        if (now.number % CHECK_EVERY == 0) {
            worker_check();
        }
    }
    worker_check();
    slots_close();
    printf("grind: worker %d: %ld operations, digest %lx\n", worker, now.number,
           digest());
    exit(0);
}

/* ---- all workers -------------------------------------------------------- */

/* Wait for all children; returns how many failed. */
static int wait_for_all(void)
{
    int failed = 0;
    int status;

    while (wait(&status) > 0) {
        failed += status != 0;
    }
    return failed;
}

/* Remove everything that a run creates, with the program rm. */
static bool remove_all(void)
{
    char *argv[] = {"rm", "-r", BASE, NULL};
    struct stat st;

    if (stat(BASE, &st) < 0 && errno == ENOENT) {
        return true;
    }
    if (fork() == 0) {
        exec("/rm", argv);
        exit(1);
    }
    return wait_for_all() == 0 && stat(BASE, &st) < 0 && errno == ENOENT;
}

/* Whether the disk has room for all workers, each at its largest. */
static bool has_room(void)
{
    struct statfs counts;
    uint64_t need = (uint64_t)options.workers * (BLOCKS_MAX + NODES_MAX) + 600;

    return statfs(&counts) == 0 && counts.free_blocks >= need;
}

/* Make the directories. */
static void make_directories(void)
{
    char path[32];

    if (mkdir(BASE) < 0) {
        fail("%s: %s", BASE, strerror(errno));
    }
    shared_begin();
    for (int i = 0; i < options.workers; i++) {
        snprintf(path, sizeof(path), BASE "/w%d", i);
        if (mkdir(path) < 0) {
            fail("%s: %s", path, strerror(errno));
        }
    }
    if (sync() < 0) {
        fail("sync: %s", strerror(errno));
    }
    printf("grind: seed %u started\n", options.seed);
}

/* Start all workers; returns how many failed. */
static int run_all(void)
{
    int failed = 0;

    now.operation = "begin";
    make_directories();
    for (int i = 0; i < options.workers; i++) {
        int pid = fork();

        if (pid == 0) {
            worker_run(i);
        }
        failed += pid < 0;
    }
    failed += wait_for_all();
    if (failed == 0) {
        shared_check(-1);
        failed += !remove_all();
    }
    return failed;
}

/* Like run_all, in a child, so that the memory it touches is not counted as a
   leak. */
static int run_all_apart(void)
{
    if (fork() == 0) {
        exit(run_all());
    }
    return wait_for_all();
}

/* The index of the first counter that differs; -1 if none does. */
static int counters_differ(const struct counter *a, const struct counter *b,
                           int count)
{
    int i = 0;

    while (i < count && a[i].value == b[i].value) {
        i++;
    }
    return i < count ? i : -1;
}

/* Read the counters once they are stable, because an earlier process may still
   be exiting; returns how many there are. */
static int counters_read(struct counter *list)
{
    struct counter later[COUNTERS_MAX];
    int count = counters(list, COUNTERS_MAX);

    for (int i = 0; i < SETTLE; i++) {
        sleep(1);
        counters(later, COUNTERS_MAX);
        if (counters_differ(list, later, count) < 0) {
            break;
        }
        memcpy(list, later, sizeof(later));
    }
    return count;
}

/* Whether the counters are back at their earlier values, after some time. */
static bool counters_are_back(const struct counter *before, int count)
{
    struct counter after[COUNTERS_MAX];
    int wrong = 0;

    for (int i = 0; i < SETTLE && wrong >= 0; i++) {
        counters_read(after);
        wrong = counters_differ(before, after, count);
    }
    if (wrong >= 0) {
        printf("grind: left behind: %s was %ld, is %ld\n", after[wrong].name,
               before[wrong].value, after[wrong].value);
    }
    return wrong < 0;
}

/* The whole run; returns the number of failures. */
static int run_counted(void)
{
    struct counter before[COUNTERS_MAX];
    unsigned start = uptime();

    if (!remove_all() || (!options.tolerant && !has_room())) {
        printf("grind: not enough room, or " BASE " cannot be removed\n");
        return 1;
    }
    bool alone = !options.tolerant && !options.durable; // or they never settle
    int count = alone ? counters_read(before) : 0;
    int failed = run_all_apart();
    if (failed == 0 && alone) {
        failed += !counters_are_back(before, count);
    }
    unsigned ticks = uptime() - start;
    printf("grind: %d processes, %ld operations, %u.%u s\n", options.workers,
           options.workers * options.operations, ticks / TICKHZ,
           ticks % TICKHZ);
    return failed;
}

/* ---- after a crash ------------------------------------------------------ */

/* Apply a worker's operations to the model, up to a given one. */
static void think_until(int worker, long number)
{
    worker_begin(worker);
    while (now.number < number) {
        worker_step();
    }
}

/* Find the operation after which a worker's directory was in its present
   state. */
static void find_state(int worker, long durable)
{
    bool same = false;

    think_until(worker, durable);
    while (!(same = check_tree(false)) && now.number < durable + LOSS_MAX) {
        worker_step();
    }
    if (same) {
        printf("grind: worker %d stands at operation %ld, durable was %ld\n",
               worker, now.number, durable);
        exit(0);
    }
    think_until(worker, durable);
    check_tree(true);
    fail("the directory matches no state from this operation on");
}

/* Check what a crash has left; returns how many workers are wrong. */
static int check_all(void)
{
    char *text = (char *)options.stood;
    int failed = 0;

    options.dry = true;
    for (int i = 0; i < options.workers; i++) {
        long durable = strtol(text, &text, 10);

        text += *text == ',';
        if (fork() == 0) {
            find_state(i, durable);
        }
    }
    failed = wait_for_all();
    shared_check(-1);
    return failed;
}

/* ---- the command line --------------------------------------------------- */

/* Parse a number from `least` to `most`; false for anything else. */
static bool parse_number(const char *text, long least, long most, long *out)
{
    char *end = NULL;

    *out = text != NULL ? strtol(text, &end, 10) : 0;
    return text != NULL && *end == '\0' && end != text && *out >= least &&
           *out <= most;
}

/* Parse one option and its value; returns how many words, 0 if invalid. */
static int parse_option(char **argv)
{
    long number;

    if (strcmp(argv[0], "-t") == 0) {
        options.tolerant = true;
        return 1;
    }
    if (strcmp(argv[0], "-d") == 0) {
        options.durable = true;
        return 1;
    }
    if (strcmp(argv[0], "-c") == 0) {
        options.stood = argv[1];
        options.durable = true; // as in the run that crashed
        return argv[1] != NULL ? 2 : 0;
    }
    if (strcmp(argv[0], "-s") == 0) {
        options.seed = (unsigned)atoi(argv[1] != NULL ? argv[1] : "");
        return parse_number(argv[1], 0, INT32_MAX, &number) ? 2 : 0;
    }
    if (strcmp(argv[0], "-n") == 0) {
        return parse_number(argv[1], 1, INT32_MAX, &options.operations) ? 2 : 0;
    }
    bool good = strcmp(argv[0], "-p") == 0 &&
                parse_number(argv[1], 1, WORKERS_MAX, &number);
    options.workers = good ? (int)number : 0;
    return good ? 2 : 0;
}

/* Parse all options; false if one is invalid. */
static bool parse_options(char **argv)
{
    while (*argv != NULL) {
        int taken = parse_option(argv);

        if (taken == 0) {
            return false;
        }
        argv += taken;
    }
    return true;
}

int main(int argc, char **argv)
{
    if (!parse_options(argv + 1)) {
        fprintf(2, "usage: grind [-s SEED] [-n OPERATIONS] [-p PROCESSES] "
                   "[-t] [-d] [-c NUMBER,...]\n");
        return 2;
    }
    choices_add(name_operations);
    choices_add(content_operations);
    choices_add(process_operations);
    int failed = options.stood != NULL ? check_all() : run_counted();
    printf("grind: %s\n", failed == 0 ? "OK" : "FAILED");
    return failed != 0;
}
