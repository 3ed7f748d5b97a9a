/*
 * Every pointer argument of every system call, at every kind of bad address:
 * unmapped memory, kernel memory, invalid addresses, the last bytes before the
 * end of mapped memory, and read-only memory.
 *
 * The call fails with EFAULT and changes nothing; read, write, and readlink
 * transfer what they can.  The calls are made without the library, so that all
 * 64 bits arrive.
 */
#include "api/syscall.h"
#include "api/counters.h"
#include "usertests.h"

/* How a call uses the memory that its argument points to. */
enum use { STRING, LIST, READS, WRITES, MOVES, FILLS };

enum { FILE = 3 }; // descriptor of the file f

/* A call with a pointer argument; the other arguments are valid. */
static const struct pointer {
    const char *name;
    int number;
    int at; // index of the pointer
    enum use use;
    const char *path; // another argument, or NULL
    long a;           // the others
    long b;
} pointers[] = {
    {"open", SYS_open, 0, STRING, NULL, O_RDONLY, 0},
    {"open to create", SYS_open, 0, STRING, NULL, O_RDWR | O_CREATE, 0},
    {"chdir", SYS_chdir, 0, STRING, NULL, 0, 0},
    {"mkdir", SYS_mkdir, 0, STRING, NULL, 0, 0},
    {"rmdir", SYS_rmdir, 0, STRING, NULL, 0, 0},
    {"unlink", SYS_unlink, 0, STRING, NULL, 0, 0},
    {"mknod", SYS_mknod, 0, STRING, NULL, 2, 0},
    {"truncate", SYS_truncate, 0, STRING, NULL, 0, 0},
    {"link from", SYS_link, 0, STRING, "new", 0, 0},
    {"link to", SYS_link, 1, STRING, "f", 0, 0},
    {"rename from", SYS_rename, 0, STRING, "new", 0, 0},
    {"rename to", SYS_rename, 1, STRING, "f", 0, 0},
    {"symlink target", SYS_symlink, 0, STRING, "new", 0, 0},
    {"symlink path", SYS_symlink, 1, STRING, "f", 0, 0},
    {"readlink path", SYS_readlink, 0, STRING, NULL, 0, 10},
    {"readlink", SYS_readlink, 1, FILLS, "s", 10, 0},
    {"exec path", SYS_exec, 0, STRING, NULL, 0, 0},
    {"exec list", SYS_exec, 1, LIST, "/bin/true", 0, 0},
    {"bootarg name", SYS_bootarg, 0, STRING, NULL, 0, 100},
    {"bootarg", SYS_bootarg, 1, WRITES, "run", 1024, 0},
    {"read", SYS_read, 1, FILLS, NULL, FILE, 16},
    {"write", SYS_write, 1, MOVES, NULL, FILE, 16},
    {"fstat", SYS_fstat, 1, WRITES, NULL, FILE, 0},
    {"pipe", SYS_pipe, 0, WRITES, NULL, 0, 0},
    {"statfs", SYS_statfs, 0, WRITES, NULL, 0, 0},
    {"counters", SYS_counters, 0, WRITES, NULL, COUNTERS_MAX, 0},
    {"proclist", SYS_proclist, 0, WRITES, NULL, 100, 0},
    {"wait", SYS_wait, 0, WRITES, NULL, 0, 0},
    {"waitpid", SYS_waitpid, 1, WRITES, NULL, -1, 0},
    {"time", SYS_time, 0, WRITES, NULL, 0, 0},
};

/* Make the call with a pointer; its result. */
static long call_with(const struct pointer *p, const char *pointer)
{
    long at = (long)pointer;
    long other = p->path != NULL ? (long)p->path : p->a;

    if (p->at == 0) {
        return raw_call(p->number, at, other, p->b);
    }
    return raw_call(p->number, other, at, p->path != NULL ? p->a : p->b);
}

/* Check that nothing has changed: the directory, the file, descriptors, the
   child. */
static void check_unchanged(void)
{
    struct dirent entry;
    struct stat st;
    int names = 0;
    int directory = open(".", O_RDONLY);

    CHECK_EQ(directory, FILE + 1); // no descriptor is missing
    CHECK_EQ(dup(0), FILE + 2);
    CHECK_EQ(close(FILE + 2), 0);
    while (read(directory, &entry, sizeof(entry)) > 0) {
        names++;
    }
    CHECK_EQ(names, 4); // entries . .. f s
    close(directory);
    check_file("f", 100, 1);
    CHECK_EQ(stat("s", &st), 0);
    CHECK_EQ(st.size, 100);
}

static void exit_7(long unused)
{
    (void)unused;
    exit(7);
}

/* Whether a call can be tested: the boot argument may be missing. */
static bool can_try(const struct pointer *p)
{
    char value[1024];

    return p->number != SYS_bootarg || p->path == NULL ||
           bootarg(p->path, value, sizeof(value)) >= 0;
}

/* Check a result, and print which call is wrong. */
static void expect_result(const struct pointer *p, const char *pointer,
                          long want)
{
    long got = call_with(p, pointer);

    if (got != want) {
        printf("    %s at %p gives %ld, not %ld\n", p->name, pointer, got,
               want);
        exit(1);
    }
}

/* Call test(p) for all pointers; afterwards nothing may have changed. */
static void for_each_pointer(void (*test)(const struct pointer *p))
{
    make_file("f", 100, 1);
    CHECK_EQ(symlink("f", "s"), 0);
    CHECK_EQ(open("f", O_RDWR), FILE);
    int child = spawn(exit_7, 0);
    for (size_t i = 0; i < LENGTH(pointers); i++) {
        if (can_try(&pointers[i])) {
            test(&pointers[i]);
        }
        CHECK_EQ(lseek(FILE, 0, SEEK_SET), 0);
        check_unchanged();
    }
    CHECK_EQ(reap(child), 7);
    CHECK_EQ(unlink("s"), 0);
    CHECK_EQ(unlink("f"), 0);
}

/* Whether a null pointer means that the result is not wanted. */
static bool takes_null(const struct pointer *p)
{
    return p->number == SYS_wait || p->number == SYS_waitpid ||
           p->number == SYS_time;
}

static void try_bad(const struct pointer *p)
{
    for (size_t i = 0; i < bad_address_count; i++) {
        if (bad_addresses[i] != 0 || !takes_null(p)) {
            expect_result(p, (const char *)bad_addresses[i], -EFAULT);
        }
    }
}

static void test_pointers_bad(void)
{
    for_each_pointer(try_bad);
}

static char *edge; // the end of mapped memory

/* Two to three bytes before the end of mapped memory. */
static void try_edge(const struct pointer *p)
{
    memset(edge - 16, 'x', 16);
    expect_result(p, edge, -EFAULT);
    if (p->use == FILLS) {
        expect_result(p, edge - 1, 1);
        CHECK_EQ(edge[-2], 'x');
    } else if (p->use == MOVES) {
        expect_result(p, edge - 1, 1);
        CHECK_EQ(lseek(FILE, 0, SEEK_CUR), 1);
        make_file("f", 100, 1);
    } else {
        expect_result(p, edge - 3, -EFAULT);
        CHECK_EQ(edge[-4], 'x');
    }
}

static void test_pointers_edge(void)
{
    edge = (char *)PGROUNDUP((uint64_t)sbrk((intptr_t)PGSIZE)) + PGSIZE;
    CHECK(sbrk(edge - (char *)sbrk(0)) != SBRK_ERROR);
    for_each_pointer(try_edge);
}

/* Code, constants, and a file mapped read-only. */
static void try_read_only(const struct pointer *p)
{
    static const char constant[64] = "constant";
    uint32_t word = *(volatile uint32_t *)(uintptr_t)try_read_only;
    const char *mapped = mmap(NULL, 100, PROT_READ, MAP_SHARED, FILE, 0);

    CHECK(mapped != MAP_FAILED);
    if (p->use == WRITES || p->use == FILLS) {
        expect_result(p, (const char *)(uintptr_t)try_read_only, -EFAULT);
        expect_result(p, (const char *)USER_BASE, -EFAULT);
        expect_result(p, constant, -EFAULT);
        expect_result(p, mapped, -EFAULT);
        CHECK_EQ(*(volatile uint32_t *)(uintptr_t)try_read_only, word);
        CHECK_EQ(strcmp(constant, "constant"), 0);
    }
    CHECK_EQ(munmap((void *)(uintptr_t)mapped, 100), 0);
}

static void test_pointers_read_only(void)
{
    for_each_pointer(try_read_only);
}

/* A mapping past the end of its file: every call returns EIO. */
static const char *beyond;

static void try_beyond(const struct pointer *p)
{
    expect_result(p, beyond, -EIO);
}

static void test_pointers_cut_off(void)
{
    make_file("cut", 2 * PGSIZE, 1);
    int fd = open("cut", O_RDWR);
    char *at =
        mmap(NULL, 2 * PGSIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

    CHECK(at != MAP_FAILED);
    CHECK_EQ(ftruncate(fd, 10), 0);
    close(fd);
    CHECK_EQ(unlink("cut"), 0);
    beyond = at + PGSIZE;
    for_each_pointer(try_beyond);
    CHECK_EQ(munmap(at, 2 * PGSIZE), 0);
}

/* Invalid ranges: munmap and msync reject them and unmap nothing. */
static void test_pointers_ranges(void)
{
    static const size_t lengths[] = {0, PGSIZE, 1UL << 38, 1UL << 63, -1UL};
    char *heap = sbrk((intptr_t)PGSIZE);

    heap[0] = 'h';
    for (size_t i = 0; i < bad_address_count; i++) {
        for (size_t j = 0; j < LENGTH(lengths); j++) {
            uint64_t at = bad_addresses[i];
            bool good = at % PGSIZE == 0 && at < MAXVA && lengths[j] > 0 &&
                        lengths[j] <= MAXVA - at;

            // Whole pages may be unmapped even if nothing is mapped there.
            if (!good) {
                CHECK_ERROR(munmap((void *)at, lengths[j]), EINVAL);
                CHECK_ERROR(msync((void *)at, lengths[j]), EINVAL);
            } else if (lengths[j] == PGSIZE) {
                CHECK_EQ(munmap((void *)at, lengths[j]), 0);
                CHECK_ERROR(msync((void *)at, lengths[j]), ENOMEM);
            }
        }
    }
    CHECK_EQ(heap[0], 'h');
}

/* A partly unmapped range: msync reports it, and writes back the rest. */
static void test_msync_gap(void)
{
    const size_t page = PGSIZE;
    char bytes[3] = {0};

    make_file("f", 3 * page, 8);
    int fd = open("f", O_RDWR);
    char *a = mmap(NULL, 3 * page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    CHECK_EQ(munmap(a + page, page), 0);
    a[0] = 'a';
    a[2 * page] = 'c';
    CHECK_ERROR(msync(a, 3 * page), ENOMEM);
    CHECK_EQ(read(fd, bytes, 1), 1);
    CHECK_EQ(lseek(fd, 2 * (long)page, SEEK_SET), 2 * page);
    CHECK_EQ(read(fd, bytes + 1, 1), 1);
    CHECK_EQ(strcmp(bytes, "ac"), 0);
    CHECK_ERROR(msync(a + page, page), ENOMEM);
    CHECK_ERROR(msync(a + page, 2 * page), ENOMEM);
    CHECK_ERROR(msync(a, 2 * page), ENOMEM);
    CHECK_ERROR(msync(a - page, 2 * page), ENOMEM);
    CHECK_EQ(msync(a, page), 0);
    CHECK_EQ(msync(a + 2 * page, 1), 0);
    CHECK_EQ(munmap(a, 3 * page), 0);
    CHECK_ERROR(msync(a, page), ENOMEM);
    close(fd);
    CHECK_EQ(unlink("f"), 0);
}

const struct test edge_tests[] = {
    {"pointers_bad", test_pointers_bad, false},
    {"pointers_edge", test_pointers_edge, false},
    {"pointers_read_only", test_pointers_read_only, false},
    {"pointers_cut_off", test_pointers_cut_off, false},
    {"pointers_ranges", test_pointers_ranges, false},
    {"msync_gap", test_msync_gap, false},
    {NULL, NULL, false},
};
