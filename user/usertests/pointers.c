/*
 * Bad arguments: every pointer of every call, at every kind of address; counts;
 * strings at the end of mapped memory.
 *
 * The calls are made without the library, so that all 64 bits arrive.
 */
#include "api/syscall.h"
#include "usertests.h"

/* Allocate two pages of heap and free the second: the end of the first is then
   the end of mapped memory. */
static char *edge_make(void)
{
    char *end = (char *)PGROUNDUP((uint64_t)sbrk(0));

    CHECK(sbrk(end - (char *)sbrk(0) + (intptr_t)PGSIZE) != SBRK_ERROR);
    memset(end, 'x', PGSIZE);
    return end + PGSIZE;
}

/* read() into a bad buffer: EFAULT, and the file position does not move. */
static void test_read_pointers(void)
{
    char want[16];
    char got[16];
    int fd = open("/README", O_RDONLY);
    int zero = open("/zero", O_RDONLY);
    int directory = open("/", O_RDONLY);
    int console = open("/console", O_RDONLY);

    CHECK_EQ(read(fd, want, sizeof(want)), sizeof(want));
    close(fd);
    fd = open("/README", O_RDONLY);
    for (size_t i = 0; i < bad_address_count; i++) {
        long bad = (long)bad_addresses[i];

        CHECK_EQ(raw_call(SYS_read, fd, bad, 16), -EFAULT);
        CHECK_EQ(raw_call(SYS_read, zero, bad, 5000), -EFAULT);
        CHECK_EQ(raw_call(SYS_read, directory, bad, 64), -EFAULT);
        CHECK_EQ(raw_call(SYS_read, console, bad, 1), -EFAULT); // at once
    }
    CHECK_EQ(read(fd, got, sizeof(got)), sizeof(got));
    CHECK(memcmp(want, got, sizeof(got)) == 0);
}

/* A bad buffer loses no data of a pipe. */
static void test_pipe_pointers(void)
{
    char c = 0;
    int fds[2];

    CHECK_EQ(pipe(fds), 0);
    CHECK_EQ(write(fds[1], "p", 1), 1);
    for (size_t i = 0; i < bad_address_count; i++) {
        long bad = (long)bad_addresses[i];

        CHECK_EQ(raw_call(SYS_read, fds[0], bad, 1), -EFAULT);
        CHECK_EQ(raw_call(SYS_write, fds[1], bad, 1), -EFAULT);
        CHECK_EQ(raw_call(SYS_write, fds[1], bad, 8192), -EFAULT);
    }
    CHECK_EQ(read(fds[0], &c, 1), 1);
    CHECK_EQ(c, 'p');
    close(fds[1]);
    CHECK_EQ(read(fds[0], &c, 1), 0);
}

/* write() from a bad buffer. */
static void test_write_pointers(void)
{
    int null = open("/null", O_WRONLY);

    CHECK(null >= 0);
    for (size_t i = 0; i < bad_address_count; i++) {
        long bad = (long)bad_addresses[i];

        CHECK_EQ(raw_call(SYS_write, 1, bad, 1), -EFAULT);
        CHECK_EQ(raw_call(SYS_write, null, bad, 1), -EFAULT);
    }
}

/* The calls that take one path and two more arguments. */
static const struct path_call {
    int number;
    long b;
    long c;
} path_calls[] = {
    {SYS_open, O_RDONLY, 0}, {SYS_open, O_CREATE | O_RDWR, 0},
    {SYS_chdir, 0, 0},       {SYS_exec, 0, 0},
    {SYS_unlink, 0, 0},      {SYS_mkdir, 0, 0},
    {SYS_mknod, 2, 0},
};

/* Paths at bad addresses. */
static void test_path_pointers(void)
{
    for (size_t i = 0; i < bad_address_count; i++) {
        long bad = (long)bad_addresses[i];

        for (size_t j = 0; j < LENGTH(path_calls); j++) {
            const struct path_call *call = &path_calls[j];

            CHECK_EQ(raw_call(call->number, bad, call->b, call->c), -EFAULT);
        }
        CHECK_EQ(raw_call(SYS_link, bad, (long)"/x", 0), -EFAULT);
        CHECK_EQ(raw_call(SYS_link, (long)"/README", bad, 0), -EFAULT);
        CHECK_EQ(raw_call(SYS_bootarg, bad, (long)sbrk(0), 0), -EFAULT);
    }
}

/* A path that is not terminated before the end of mapped memory. */
static void test_path_edge(void)
{
    char *edge = edge_make();

    for (size_t i = 0; i < LENGTH(path_calls); i++) {
        const struct path_call *call = &path_calls[i];

        CHECK_EQ(raw_call(call->number, (long)(edge - 3), call->b, call->c),
                 -EFAULT);
    }
    strcpy(edge - 8, "/README");
    int fd = open(edge - 8, O_RDONLY);
    CHECK(fd >= 0);
    close(fd);
}

/* A path that crosses from one page into the next. */
static void test_path_straddle(void)
{
    char *page = edge_make() - PGSIZE;

    CHECK(sbrk((intptr_t)PGSIZE) != SBRK_ERROR);
    for (size_t before = 1; before < sizeof("/README"); before++) {
        char *path = page + PGSIZE - before;

        strcpy(path, "/README");
        int fd = open(path, O_RDONLY);
        CHECK(fd >= 0);
        close(fd);
    }
}

/* Bad pointers for results: the call fails, and nothing is lost. */
static void test_result_pointers(void)
{
    int fd = open("/README", O_RDONLY);

    for (size_t i = 0; i < bad_address_count; i++) {
        long bad = (long)bad_addresses[i];

        CHECK_EQ(raw_call(SYS_fstat, fd, bad, 0), -EFAULT);
        CHECK_EQ(raw_call(SYS_pipe, bad, 0, 0), -EFAULT);
        CHECK_EQ(raw_call(SYS_counters, bad, 1, 0), -EFAULT);
        CHECK_EQ(raw_call(SYS_proclist, bad, 1, 0), -EFAULT);
    }
    // The failed pipes took no descriptors.
    CHECK_EQ(dup(0), fd + 1);
    CHECK_EQ(dup(0), fd + 2);
}

/* Results that would overwrite code or constants are rejected, too. */
static void test_result_read_only(void)
{
    static const struct stat constant;
    int fd = open("/zero", O_RDONLY);
    uint32_t word = *(volatile uint32_t *)test_result_read_only;

    CHECK_EQ(raw_call(SYS_read, fd, (long)test_result_read_only, 4), -EFAULT);
    CHECK_EQ(raw_call(SYS_read, fd, (long)USER_BASE, 8192), -EFAULT);
    CHECK_EQ(raw_call(SYS_fstat, fd, (long)&constant, 0), -EFAULT);
    CHECK_EQ(raw_call(SYS_pipe, (long)test_result_read_only, 0, 0), -EFAULT);
    CHECK_EQ(symlink("target", "s"), 0);
    CHECK_EQ(raw_call(SYS_readlink, (long)"s", USER_BASE + 2, 4), -EFAULT);
    CHECK_EQ(raw_call(SYS_readlink, (long)"s", USER_BASE + 2, 0), 0); // no byte
    CHECK_EQ(unlink("s"), 0);
    CHECK_EQ(*(volatile uint32_t *)test_result_read_only, word);
}

/* Exit with a recognizable status. */
static void exit_7(long unused)
{
    (void)unused;
    exit(7);
}

/* wait() with a bad pointer fails and keeps the child. */
static void test_wait_pointer(void)
{
    int pid = spawn(exit_7, 0);

    for (size_t i = 1; i < bad_address_count; i++) {
        CHECK_EQ(raw_call(SYS_wait, (long)bad_addresses[i], 0, 0), -EFAULT);
    }
    CHECK_EQ(reap(pid), 7);
    CHECK_ERROR(wait(NULL), ECHILD);
    pid = spawn(exit_7, 0);
    CHECK_EQ(wait(NULL), pid);
}

/* Argument lists of exec at bad addresses, and with bad words. */
static void test_exec_pointers(void)
{
    char name[] = "true";
    char *edge = edge_make();

    for (size_t i = 0; i < bad_address_count; i++) {
        long bad = (long)bad_addresses[i];
        long words[] = {(long)name, bad, 0};

        if (bad != 0) {
            CHECK_EQ(raw_call(SYS_exec, (long)"/bin/true", bad, 0), -EFAULT);
            CHECK_EQ(raw_call(SYS_exec, (long)"/bin/true", (long)words, 0),
                     -EFAULT);
        }
    }
    // A list that reaches the end of memory without a NULL.
    memcpy(edge - 8, &(char *){name}, sizeof(char *));
    CHECK_EQ(raw_call(SYS_exec, (long)name, (long)(edge - 8), 0), -EFAULT);
}

/* Counts that are negative, huge, or wrap around the address. */
static void test_counts(void)
{
    static const long counts[] = {
        -1, -4096, INT64_MIN, INT64_MAX, IOMAX + 1L, 1L << 31, 1L << 32,
    };
    char buffer[64];
    int fd = open("/README", O_RDONLY);
    int null = open("/null", O_WRONLY);

    for (size_t i = 0; i < LENGTH(counts); i++) {
        CHECK_EQ(raw_call(SYS_read, fd, (long)buffer, counts[i]), -EINVAL);
        CHECK_EQ(raw_call(SYS_write, null, (long)buffer, counts[i]), -EINVAL);
    }
    CHECK_EQ(read(fd, buffer, 0), 0);
    CHECK_EQ(write(null, buffer, 0), 0);
}

/* A buffer whose end is unmapped: the first part is transferred. */
static void test_partial(void)
{
    char *edge = edge_make();
    int zero = open("/zero", O_RDONLY);
    int fds[2];

    CHECK_EQ(read(zero, edge - 100, 5000), 100);
    CHECK_EQ(edge[-1] | edge[-100], 0);
    CHECK_EQ(edge[-101], 'x');
    CHECK_EQ(pipe(fds), 0);
    memset(edge - 100, 'y', 100);
    CHECK_EQ(write(fds[1], edge - 100, 5000), 100);
    CHECK_EQ(read(fds[0], edge - 200, 200), 100);
    CHECK_EQ(edge[-200], 'y');
}

/* Untouched memory works as buffer, string, and list. */
static void test_lazy_arguments(void)
{
    char *heap = sbrklazy(64 * (intptr_t)PGSIZE);
    struct stat st;
    int fd = open("/README", O_RDONLY);

    CHECK(heap != SBRK_ERROR);
    CHECK_ERROR(open(heap, O_RDONLY), ENOENT); // an empty string
    CHECK_EQ(fstat(fd, &st), 0);
    int n = read(fd, heap + 8 * PGSIZE, 16 * PGSIZE);
    CHECK_EQ(n, st.size < 16 * PGSIZE ? st.size : 16 * PGSIZE);
    CHECK_EQ(fstat(fd, (struct stat *)(heap + 40 * PGSIZE)), 0);
    int *fds = (int *)(heap + 43 * PGSIZE - 4); // across two fresh pages
    CHECK_EQ(pipe(fds), 0);
    CHECK_EQ(write(fds[1], heap + 50 * PGSIZE - 10, 20), 20);
    CHECK_EQ(read(fds[0], heap + 52 * PGSIZE - 10, 20), 20);
    CHECK_ERROR(exec(heap, (char **)(heap + 60 * PGSIZE)), ENOENT);
}

const struct test pointer_tests[] = {
    {"read_pointers", test_read_pointers, false},
    {"pipe_pointers", test_pipe_pointers, false},
    {"write_pointers", test_write_pointers, false},
    {"path_pointers", test_path_pointers, false},
    {"path_edge", test_path_edge, false},
    {"path_straddle", test_path_straddle, false},
    {"result_pointers", test_result_pointers, false},
    {"result_read_only", test_result_read_only, false},
    {"wait_pointer", test_wait_pointer, false},
    {"exec_pointers", test_exec_pointers, false},
    {"counts", test_counts, false},
    {"partial", test_partial, false},
    {"lazy_arguments", test_lazy_arguments, false},
    {NULL, NULL, false},
};
