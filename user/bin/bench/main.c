#include "bench.h"

/*
 * bench [NAME...]: measure what operations cost.
 *
 * bench                    all rows
 * bench NAME...            the rows whose names begin with NAME
 * bench compute|idle|calls what control costs (tools/bench/control.py)
 * bench grow KIND SIZE     rows that must not depend on SIZE
 * bench share KIND [PROCESSES TIMES]
 *                          work shared by PROCESSES (8), repeated TIMES
 * bench disk WORK SIZE...  traffic for the disk
 */

/* The marks of tools/bench/counted.py. */
enum { BEGIN = 1, END = 2, SETTLED = 3 };
#define MARK(n) asm volatile("slti zero, zero, %0" : : "i"(n) : "memory")

/* Padding that makes bench a program of half a MiB. */
enum { BALLAST = 512 * KIB };
extern const char ballast[BALLAST];
const char ballast[BALLAST] = {1};

uint64_t now(void)
{
    uint64_t time;
    asm volatile("rdtime %0" : "=r"(time) : : "memory");
    return time;
}

void must(bool good, const char *what)
{
    if (!good) {
        fprintf(2, "bench: %s: %s\n", what, strerror(errno));
        exit(1);
    }
}

int start_child(void (*work)(int argument), int argument)
{
    int pid = fork();
    must(pid >= 0, "fork");
    if (pid == 0) {
        work(argument);
        exit(0);
    }
    return pid;
}

void end_child(int pid)
{
    int got;
    kill(pid);
    do {
        got = wait(NULL);
        must(got > 0, "wait");
    } while (got != pid);
}

/* ---- measuring --------------------------------------------------------- */

/* Run it between two marks.  If the row changes the disk, wait for that, and
   also mark the work that is done later. */
static void run_marked(const struct row *row, bool until_sync)
{
    uint64_t start = now();
    MARK(BEGIN);
    row->run(row->rounds);
    if (until_sync) {
        sync();
    }
    MARK(END);
    uint64_t ticks = now() - start;
    if (until_sync) {
        pause(20);
        MARK(SETTLED);
    }
    printf("= %lu %lu %s%s\n",
           (unsigned long)row->rounds * (unsigned long)row->units, ticks,
           row->name, until_sync ? ", until sync returns" : "");
}

/* Run it in a child. */
static void run_in_child(const struct row *row, bool marked)
{
    int status = -1;
    int pid = fork();
    must(pid >= 0, "fork");
    if (pid == 0) {
        if (marked) {
            run_marked(row, false);
        } else {
            row->run(row->rounds);
        }
        exit(0);
    }
    must(wait(&status) == pid && status == 0, row->name);
}

static void run_once(const struct row *row, bool marked, bool until_sync)
{
    if (row->prepare != NULL) {
        row->prepare(row->rounds);
    }
    sync(); // do not count earlier work here
    if (row->in_child) {
        run_in_child(row, marked);
    } else if (marked) {
        run_marked(row, until_sync);
    } else {
        row->run(row->rounds);
    }
    if (row->finish != NULL) {
        row->finish();
    }
}

void measure(const struct row *row)
{
    run_once(row, false, false);
    run_once(row, true, false);
    if (row->is_lasting) {
        run_once(row, true, true);
    }
}

void measure_once(const char *name, int units, void (*run)(int rounds))
{
    struct row row = {.name = name, .rounds = units, .units = 1, .run = run};
    run_once(&row, true, false);
}

/* ---- what control costs -------------------------------------------------- */

/* A loop of two instructions that needs nothing from the kernel. */
static void compute(int millions)
{
    long left = (long)millions * 500000;
    asm volatile("1: addi %0, %0, -1\n bnez %0, 1b" : "+r"(left));
}

static void sleep_seconds(int seconds)
{
    pause(10 * seconds);
}

/* System calls that keep the kernel busy.  None of them waits or switches, and
   no page is touched from user mode: a faulting instruction counts twice, and
   here the count serves as the clock. */
static void call(int rounds)
{
    enum { MAPPED = 32 * PAGE };
    for (int i = 0; i < rounds; i++) {
        char *area = mmap(NULL, MAPPED, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        int from = open("/usertests", O_RDONLY);
        int to = open("/copy", O_WRONLY | O_CREATE);
        must(area != MAP_FAILED && from >= 0 && to >= 0, "mmap and open");
        must(read(from, area, MAPPED) == MAPPED, "read");
        must(write(to, area, MAPPED) == MAPPED, "write");
        close(from);
        close(to);
        must(unlink("/copy") == 0 && munmap(area, MAPPED) == 0, "unlink");
    }
}

/* One CSR access, two fences, three atomics, and a trap per round, for a test
   of the plugin. */
static void events(int rounds)
{
    int word = 0;
    uint64_t cycle;
    for (int i = 0; i < rounds; i++) {
        asm volatile("rdcycle %0\n\tfence\n\tfence.i\n\t"
                     "amoadd.w zero, zero, (%1)\n\t"
                     "lr.w %0, (%1)\n\tsc.w %0, zero, (%1)"
                     : "=&r"(cycle)
                     : "r"(&word)
                     : "memory");
        getpid();
    }
}

/* ---- the command line ---------------------------------------------------- */

static bool begins(const char *name, int count, char **words)
{
    bool found = count == 0;
    for (int i = 0; i < count; i++) {
        found |= strncmp(words[i], name, strlen(words[i])) == 0;
    }
    return found;
}

/* Measure the selected rows; returns how many there were. */
static int measure_table(const struct row *rows, int count, char **words)
{
    int found = 0;
    for (; rows->name != NULL; rows++) {
        if (begins(rows->name, count, words)) {
            measure(rows);
            found++;
        }
    }
    return found;
}

static int usage(void)
{
    fprintf(
        2, "usage: bench [ROW...] | compute | idle | calls | events\n"
           "       bench grow processes|directory|file|image|files|areas SIZE\n"
           "       bench share fork|fault|pipe|read|create|mix "
           "[PROCESSES TIMES]\n"
           "       bench disk write MIB | read | fsync PROCESSES TIMES\n");
    return 2;
}

/* A number from the command line; 0 if there is none. */
static int number(int argc, char **argv, int index)
{
    return index < argc ? atoi(argv[index]) : 0;
}

static int grow(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*run)(int size);
    } kinds[] = {
        {"processes", grow_processes}, {"directory", grow_directory},
        {"file", grow_file},           {"image", grow_image},
        {"files", grow_open_files},    {"areas", grow_areas},
    };
    int size = number(argc, argv, 3);
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (argc == 4 && size > 0 && strcmp(argv[2], kinds[i].name) == 0) {
            kinds[i].run(size);
            return 0;
        }
    }
    return usage();
}

static int disk(int argc, char **argv)
{
    int size = number(argc, argv, 3);
    int times = number(argc, argv, 4);
    const char *work = argc > 2 ? argv[2] : "";
    if (strcmp(work, "write") == 0 && size > 0) {
        disk_write(size);
    } else if (strcmp(work, "read") == 0) {
        disk_read();
    } else if (strcmp(work, "fsync") == 0 && size > 0 && times > 0) {
        disk_fsync(size, times);
    } else {
        return usage();
    }
    return 0;
}

static int share(int argc, char **argv)
{
    int workers = argc == 3 ? 8 : number(argc, argv, 3);
    int times = argc == 3 ? 1 : number(argc, argv, 4);
    if ((argc != 3 && argc != 5) || workers <= 0 || times <= 0) {
        return usage();
    }
    share_work(argv[2], workers, times);
    return 0;
}

static int rows_of(int argc, char **argv)
{
    int found = measure_table(process_rows, argc, argv) +
                measure_table(memory_rows, argc, argv) +
                measure_table(file_rows, argc, argv);
    return found > 0 ? 0 : usage();
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    if (strcmp(what, "nothing") == 0) {
        exit(ballast[0] - 1); // skip what the library does after main
    }
    if (strcmp(what, "compute") == 0) {
        measure_once("compute", 300, compute);
    } else if (strcmp(what, "idle") == 0) {
        measure_once("idle", 10, sleep_seconds);
    } else if (strcmp(what, "calls") == 0) {
        measure_once("calls", 1000, call);
    } else if (strcmp(what, "events") == 0) {
        measure_once("events", 1000, events);
    } else if (strcmp(what, "grow") == 0) {
        return grow(argc, argv);
    } else if (strcmp(what, "share") == 0) {
        return share(argc, argv);
    } else if (strcmp(what, "disk") == 0) {
        return disk(argc, argv);
    } else {
        return rows_of(argc - 1, argv + 1);
    }
    return 0;
}
