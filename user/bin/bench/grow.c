#include "kernel/stat.h"
#include "api/counters.h"
#include "bench.h"

/*
 * Operations whose cost must not depend on how many processes, directory
 * entries, bytes of a file or of the disk, or open files there are.  Each run
 * first creates that many and then measures.
 */

static char chunk[PAGE];

/* A number below `limit`, from a fixed sequence. */
static uint32_t random_below(uint32_t limit)
{
    static uint64_t state = 1;
    state = state * 6364136223846793005 + 1442695040888963407;
    return (uint32_t)((state >> 33) % limit);
}

/* ---- processes ----------------------------------------------------------- */

enum { KILLED = 100 };

static int gate[2];
static int there[2];
static int back[2];
static int *pids;
static int pid_count;

/* Sleep until killed: one half in a pipe, the other in sleep(). */
static void sleep_long(int number)
{
    enum { HOURS = 10 * 3600 };
    char c;
    if (number % 2 == 0) {
        read(gate[0], &c, 1);
    } else {
        pause(100 * HOURS + number);
    }
}

static void echo_bytes(int unused)
{
    char c;
    while (read(there[0], &c, 1) == 1) {
        write(back[1], &c, 1);
    }
}

static void fork_and_wait(int rounds)
{
    for (int i = 0; i < rounds; i++) {
        int pid = fork();
        if (pid == 0) {
            exit(0);
        }
        must(pid > 0 && wait(NULL) == pid, "fork and wait");
    }
}

static void ping_pong(int rounds)
{
    char c = 'x';
    for (int i = 0; i < rounds; i++) {
        must(write(there[1], &c, 1) == 1, "write to a pipe");
        must(read(back[0], &c, 1) == 1, "read from a pipe");
    }
}

static void pause_shortly(int rounds)
{
    for (int i = 0; i < rounds; i++) {
        pause(1);
    }
}

/* Kill some of the sleeping processes, evenly spread. */
static void kill_some(int rounds)
{
    int step = pid_count / rounds;
    for (int i = 0; i < rounds; i++) {
        must(kill(pids[i * step]) == 0 && wait(NULL) == pids[i * step],
             "kill and wait");
    }
}

/* Free pages. */
static int64_t pages_free(void)
{
    struct counter list[COUNTERS_MAX];
    int count = counters(list, COUNTERS_MAX);
    for (int i = 0; i < count; i++) {
        if (strcmp(list[i].name, "pages free") == 0) {
            return list[i].value;
        }
    }
    must(false, "no such counter");
    return 0;
}

/* Measure with `count` sleeping processes, and print the memory that each
   takes. */
void grow_processes(int count)
{
    pids = malloc((size_t)count * sizeof(*pids));
    must(pids != NULL, "malloc");
    must(pipe(gate) == 0 && pipe(there) == 0 && pipe(back) == 0, "pipe");
    int echo = start_child(echo_bytes, 0);
    int64_t before = pages_free();
    for (pid_count = 0; pid_count < count; pid_count++) {
        pids[pid_count] = start_child(sleep_long, pid_count);
    }
    pause(1);
    printf("bytes of each: %ld\n", (before - pages_free()) * PAGE / count);
    fork_and_wait(1);
    ping_pong(1);
    measure_once("fork + exit + wait", 100, fork_and_wait);
    measure_once("wakeup: a byte to a process and back", 200, ping_pong);
    measure_once("sleep a tenth of a second", 20, pause_shortly);
    measure_once("kill and wait", count < KILLED ? count : KILLED, kill_some);
    end_child(echo);
}

/* ---- entries of a directory ---------------------------------------------- */

static int entries;

static const char *entry_name(char family, int n)
{
    static char name[24];
    snprintf(name, sizeof(name), "/m/%c%05d", family, n);
    return name;
}

static void create_names(char family, int count)
{
    for (int i = 0; i < count; i++) {
        int fd = open(entry_name(family, i), O_WRONLY | O_CREATE);
        must(fd >= 0, "create");
        close(fd);
    }
}

static void create_entries(int rounds)
{
    create_names('n', rounds);
}

static void open_entries(int rounds)
{
    for (int i = 0; i < rounds; i++) {
        int n = (int)random_below((uint32_t)entries);
        int fd = open(entry_name('e', n), O_RDONLY);
        must(fd >= 0, "open");
        close(fd);
    }
}

static void open_absent(int rounds)
{
    for (int i = 0; i < rounds; i++) {
        must(open(entry_name('a', i), O_RDONLY) < 0, "a name is absent");
    }
}

/* Files are created and removed, more created than removed: an unlink must not
   slow down later operations. */
static void unlink_and_create(int rounds)
{
    for (int i = 0; i < rounds; i++) {
        must(unlink(entry_name('n', i)) == 0, "unlink");
        for (int j = 0; j < 2; j++) {
            int fd = open(entry_name('x', 2 * i + j), O_WRONLY | O_CREATE);
            must(fd >= 0, "create");
            close(fd);
        }
    }
}

static void unlink_entries(int rounds)
{
    for (int i = 0; i < rounds; i++) {
        must(unlink(entry_name('n', i)) == 0, "unlink");
    }
}

/* Measure in a directory of `count` entries. */
void grow_directory(int count)
{
    entries = count;
    must(mkdir("/m") == 0, "mkdir");
    create_names('e', count);
    open_entries(1);
    measure_once("create", 100, create_entries);
    measure_once("open + close", 200, open_entries);
    measure_once("open an absent name", 200, open_absent);
    measure_once("unlink", 100, unlink_entries);
    create_names('n', 100);
    measure_once("unlink one, create two", 100, unlink_and_create);
}

/* ---- the size of a file -------------------------------------------------- */

static int file;
static uint32_t file_pages;

/* Write the whole file; the figure is per KiB. */
static void write_all(int kibibytes)
{
    for (int i = 0; i < kibibytes / (PAGE / KIB); i++) {
        must(write(file, chunk, PAGE) == PAGE, "write");
    }
}

static void read_all(int kibibytes)
{
    for (int i = 0; i < kibibytes / (PAGE / KIB); i++) {
        must(read(file, chunk, PAGE) == PAGE, "read");
    }
}

static void seek_randomly(void)
{
    long page = (long)random_below(file_pages);
    must(lseek(file, page * PAGE, SEEK_SET) >= 0, "lseek");
}

static void read_randomly(int rounds)
{
    for (int i = 0; i < rounds; i++) {
        seek_randomly();
        must(read(file, chunk, PAGE) == PAGE, "read");
    }
}

static void write_randomly(int rounds)
{
    for (int i = 0; i < rounds; i++) {
        seek_randomly();
        must(write(file, chunk, PAGE) == PAGE, "write");
    }
}

/* Measure with a file of that many MiB. */
void grow_file(int mebibytes)
{
    int kibibytes = mebibytes * KIB;
    file_pages = (uint32_t)kibibytes / (PAGE / KIB);
    file = open("/grown", O_RDWR | O_CREATE);
    must(file >= 0, "open");
    measure_once("write, per KiB", kibibytes, write_all);
    lseek(file, 0, SEEK_SET);
    measure_once("read, per KiB", kibibytes, read_all);
    measure_once("read 4 KiB anywhere", 500, read_randomly);
    measure_once("write 4 KiB anywhere", 200, write_randomly);
}

/* ---- the size of the disk ------------------------------------------------ */

static void ask_statfs(int rounds)
{
    struct statfs st;
    for (int i = 0; i < rounds; i++) {
        must(statfs(&st) == 0, "statfs");
    }
}

static void ask_counters(int rounds)
{
    for (int i = 0; i < rounds; i++) {
        must(pages_free() > 0, "counters");
    }
}

static void use_and_free(int rounds)
{
    for (int i = 0; i < rounds; i++) {
        int fd = open("/used", O_WRONLY | O_CREATE);
        must(fd >= 0 && write(fd, chunk, PAGE) == PAGE, "write");
        close(fd);
        must(unlink("/used") == 0, "unlink");
    }
}

/* Measure on a disk of that many MiB, which the caller has chosen. */
void grow_image(int mebibytes)
{
    (void)mebibytes;
    use_and_free(1);
    measure_once("statfs", 500, ask_statfs);
    measure_once("counters", 500, ask_counters);
    measure_once("create, write a block, unlink", 200, use_and_free);
}

/* ---- open files ---------------------------------------------------------- */

enum { OPEN_IN_ONE = 400 };

static void hold_open(int count)
{
    char c = 0;
    for (int i = 0; i < count; i++) {
        must(open("/README.md", O_RDONLY) >= 0, "open");
    }
    must(write(there[1], &c, 1) == 1, "write to a pipe");
    read(gate[0], &c, 1);
}

static void open_and_close(int rounds)
{
    for (int i = 0; i < rounds; i++) {
        int fd = open("/README.md", O_RDONLY);
        must(fd >= 0, "open");
        close(fd);
    }
}

/* Like run_open, with most of this process's descriptors in use. */
static void open_and_read(int rounds)
{
    for (int i = 0; i < rounds; i++) {
        int fd = open("/README.md", O_RDONLY);
        must(fd >= 0 && read(fd, chunk, SEEK_END) == SEEK_END, "read");
        close(fd);
    }
}

/* Measure while `count` files are open, in this process and, beyond the limit
   of one process, in others. */
void grow_open_files(int count)
{
    char c;
    must(pipe(gate) == 0 && pipe(there) == 0, "pipe");
    int mine = count < OPEN_IN_ONE ? count : OPEN_IN_ONE;
    for (int left = count - mine; left > 0; left -= OPEN_IN_ONE) {
        start_child(hold_open, left < OPEN_IN_ONE ? left : OPEN_IN_ONE);
        must(read(there[0], &c, 1) == 1, "read from a pipe");
    }
    for (int i = 0; i < mine; i++) {
        must(open("/README.md", O_RDONLY) >= 0, "open");
    }
    open_and_read(1);
    measure_once("open + close", 200, open_and_close);
    measure_once("open + read + close", 200, open_and_read);
}

/* ---- areas of a process -------------------------------------------------- */

static char **areas;
static int area_count;

static char *map_page(void)
{
    char *at = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    must(at != MAP_FAILED, "mmap");
    return at;
}

static void map_and_unmap(int rounds)
{
    for (int i = 0; i < rounds; i++) {
        must(munmap(map_page(), PAGE) == 0, "munmap");
    }
}

/* Unmap a different area each time, which leaves a hole of exactly its size. */
static void unmap_and_map(int rounds)
{
    for (int i = 0; i < rounds; i++) {
        char **at = &areas[random_below((uint32_t)area_count)];
        must(munmap(*at, PAGE) == 0, "munmap");
        *at = map_page();
    }
}

/* msync of an anonymous mapping only has to find it. */
static void find_any(int rounds)
{
    for (int i = 0; i < rounds; i++) {
        char *at = areas[random_below((uint32_t)area_count)];
        must(msync(at, PAGE) == 0, "msync");
    }
}

/* Measure with that many areas. */
void grow_areas(int count)
{
    areas = malloc((size_t)count * sizeof(*areas));
    must(areas != NULL, "malloc");
    for (area_count = 0; area_count < count; area_count++) {
        areas[area_count] = map_page();
    }
    map_and_unmap(1);
    find_any(1);
    unmap_and_map(1);
    measure_once("mmap and munmap", 500, map_and_unmap);
    measure_once("munmap and mmap of any", 500, unmap_and_map);
    measure_once("find any", 500, find_any);
    fork_and_wait(1);
    struct row row = {.name = "fork + exit + wait, per area",
                      .rounds = 10,
                      .units = count,
                      .run = fork_and_wait};
    measure(&row);
}
