/*
 * Mapped memory: anonymous, private, and shared, compared with read, write,
 * truncate, and fork.
 */
#include "usertests.h"

enum { BLOCK = 4096, PAGES = 40 };

static void *map_file(const char *name, size_t n, int prot, int flags)
{
    int fd = open(name, (prot & PROT_WRITE) != 0 ? O_RDWR : O_RDONLY);
    void *at = mmap(NULL, n, prot, flags, fd, 0);

    CHECK(fd >= 0);
    CHECK(at != MAP_FAILED);
    close(fd); // the mapping keeps the file
    return at;
}

/* A byte of a file. */
static int byte_of(const char *name, long at)
{
    unsigned char c = 0;
    int fd = open(name, O_RDONLY);

    CHECK_EQ(lseek(fd, at, SEEK_SET), at);
    CHECK_EQ(read(fd, &c, 1), 1);
    close(fd);
    return c;
}

static void touch_address(long at)
{
    *(volatile char *)at = 1;
}

/* Anonymous memory: zeros, a range of its own, gone after munmap. */
static void test_mmap_zeros(void)
{
    const int prot = PROT_READ | PROT_WRITE;
    const int flags = MAP_PRIVATE | MAP_ANONYMOUS;
    unsigned char *a = mmap(NULL, PAGES * BLOCK, prot, flags, -1, 0);
    unsigned char *b = mmap(NULL, 1, prot, flags, -1, 0);

    CHECK(a != MAP_FAILED && b != MAP_FAILED && a != b);
    for (int i = 0; i < PAGES * BLOCK; i += 100) {
        CHECK_EQ(a[i], 0);
    }
    pattern_fill(a, PAGES * BLOCK, 1);
    b[BLOCK - 1] = 7; // a whole page
    CHECK(pattern_holds(a, PAGES * BLOCK, 1));
    expect_killed(touch_address, (long)(b + BLOCK));
    CHECK_EQ(munmap(b, 1), 0);
    expect_killed(touch_address, (long)b);
    CHECK_EQ(munmap(a, PAGES * BLOCK), 0);
}

/* Parts of a mapping can be unmapped. */
static void test_munmap_parts(void)
{
    const int prot = PROT_READ | PROT_WRITE;
    unsigned char *a =
        mmap(NULL, 10 * BLOCK, prot, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    CHECK(a != MAP_FAILED);
    pattern_fill(a, 10 * BLOCK, 2);
    CHECK_EQ(munmap(a + 4 * BLOCK, 2 * BLOCK), 0); // in the middle
    CHECK_EQ(munmap(a, BLOCK), 0);                 // at the start
    CHECK_EQ(munmap(a + 9 * BLOCK, BLOCK), 0);     // at the end
    expect_killed(touch_address, (long)a);
    expect_killed(touch_address, (long)(a + 4 * BLOCK));
    expect_killed(touch_address, (long)(a + 5 * BLOCK));
    expect_killed(touch_address, (long)(a + 9 * BLOCK));
    expect_pass(touch_address, (long)(a + 3 * BLOCK));
    expect_pass(touch_address, (long)(a + 6 * BLOCK));
    CHECK_EQ(munmap(a, 10 * BLOCK), 0); // the rest
    expect_killed(touch_address, (long)(a + 3 * BLOCK));
    CHECK_EQ(munmap(a, 10 * BLOCK), 0); // already unmapped: no error
}

/* A private mapping shows the file, but its changes stay private. */
static void test_mmap_private(void)
{
    make_file("f", PAGES * BLOCK - 100, 3);
    unsigned char *a =
        map_file("f", PAGES * BLOCK, PROT_READ | PROT_WRITE, MAP_PRIVATE);
    CHECK(pattern_holds(a, PAGES * BLOCK - 100, 3));
    CHECK_EQ(a[PAGES * BLOCK - 1], 0);
    memset(a, 1, PAGES * BLOCK);
    CHECK_EQ(munmap(a, PAGES * BLOCK), 0);
    check_file("f", PAGES * BLOCK - 100, 3);
    CHECK_EQ(unlink("f"), 0);
}

/* A shared mapping and its file are the same in both directions. */
static void test_mmap_shared(void)
{
    make_file("f", 10 * BLOCK, 4);
    unsigned char *a =
        map_file("f", 10 * BLOCK, PROT_READ | PROT_WRITE, MAP_SHARED);
    CHECK(pattern_holds(a, 10 * BLOCK, 4));
    a[5 * BLOCK] = 'x';
    CHECK_EQ(byte_of("f", 5 * BLOCK), 'x');
    CHECK_EQ(msync(a, 10 * BLOCK), 0);
    int fd = open("f", O_RDWR);
    CHECK_EQ(write(fd, "y", 1), 1);
    CHECK_EQ(a[0], 'y');
    CHECK_EQ(lseek(fd, 2 * BLOCK, SEEK_SET), 2 * BLOCK);
    CHECK_EQ(write(fd, a, BLOCK), BLOCK); // write the file from its own mapping
    CHECK_EQ(a[2 * BLOCK], 'y');
    CHECK_EQ(lseek(fd, 0, SEEK_SET), 0);
    CHECK_EQ(read(fd, a + 3 * BLOCK, BLOCK), BLOCK); // and into it
    CHECK_EQ(a[3 * BLOCK], 'y');
    CHECK_EQ(lseek(fd, 0, SEEK_SET), 0);
    CHECK_EQ(read(fd, a + 10, BLOCK), BLOCK); // overlapping
    close(fd);
    a[7 * BLOCK + 1] = 'z';
    CHECK_EQ(munmap(a, 10 * BLOCK), 0);
    CHECK_EQ(byte_of("f", 7 * BLOCK + 1), 'z');
    CHECK_EQ(unlink("f"), 0);
}

static void write_shared(long at)
{
    ((volatile unsigned char *)at)[BLOCK] = 'c';
}

/* Processes that share a mapping see each other's changes, and so do processes
   that map the file separately. */
static void test_mmap_between(void)
{
    make_file("f", 2 * BLOCK, 5);
    unsigned char *a =
        map_file("f", 2 * BLOCK, PROT_READ | PROT_WRITE, MAP_SHARED);
    unsigned char *b = map_file("f", 2 * BLOCK, PROT_READ, MAP_SHARED);
    a[0] = 'p';
    CHECK_EQ(b[0], 'p');
    expect_pass(write_shared, (long)a);
    CHECK_EQ(a[BLOCK], 'c');
    CHECK_EQ(b[BLOCK], 'c');
    CHECK_EQ(munmap(a, 2 * BLOCK), 0);
    CHECK_EQ(byte_of("f", BLOCK), 'c');
    expect_killed(touch_address, (long)b);
    CHECK_EQ(munmap(b, 2 * BLOCK), 0);
    CHECK_EQ(unlink("f"), 0);
}

/* Holes of a file get blocks when they are written to through a mapping. */
static void test_mmap_holes(void)
{
    struct stat st;

    make_file("f", 0, 0);
    CHECK_EQ(truncate("f", 30 * BLOCK), 0);
    unsigned char *a =
        map_file("f", 30 * BLOCK, PROT_READ | PROT_WRITE, MAP_SHARED);
    CHECK_EQ(a[3 * BLOCK], 0);
    a[25 * BLOCK] = 'h';
    int fd = open("f", O_RDWR);
    CHECK_EQ(lseek(fd, 3 * BLOCK, SEEK_SET), 3 * BLOCK);
    CHECK_EQ(write(fd, "w", 1), 1);
    CHECK_EQ(a[3 * BLOCK], 'w'); // was read before as a hole
    close(fd);
    CHECK_EQ(munmap(a, 30 * BLOCK), 0);
    CHECK_EQ(byte_of("f", 25 * BLOCK), 'h');
    CHECK_EQ(stat("f", &st), 0);
    CHECK_EQ(st.blocks, 3); // two data blocks and an indirect block
    CHECK_EQ(unlink("f"), 0);
}

/* A file is truncated under a mapping: the removed pages cannot be touched, and
   their changes are lost without harm. */
static void test_mmap_truncate(void)
{
    make_file("f", 4 * BLOCK, 6);
    unsigned char *a =
        map_file("f", 4 * BLOCK, PROT_READ | PROT_WRITE, MAP_SHARED);
    a[3 * BLOCK] = 1;
    CHECK_EQ(truncate("f", BLOCK), 0);
    expect_killed(touch_address, (long)(a + 2 * BLOCK));
    CHECK_EQ(msync(a, 4 * BLOCK), 0);
    CHECK_EQ(munmap(a, 4 * BLOCK), 0);
    check_file("f", BLOCK, 6);
    CHECK_EQ(unlink("f"), 0);
}

static void exit_with_mapping(long at)
{
    *(volatile char *)at = 'e';
}

/* exit also writes changes back, even to a file without a name. */
static void test_mmap_exit(void)
{
    make_file("f", BLOCK, 7);
    unsigned char *a = map_file("f", BLOCK, PROT_READ | PROT_WRITE, MAP_SHARED);
    expect_pass(exit_with_mapping, (long)a);
    CHECK_EQ(byte_of("f", 0), 'e');
    CHECK_EQ(unlink("f"), 0);
    a[1] = 'u';
    CHECK_EQ(msync(a, BLOCK), 0);
    CHECK_EQ(munmap(a, BLOCK), 0);
}

/* Calls that must fail. */
static void test_mmap_errors(void)
{
    const int rw = PROT_READ | PROT_WRITE;
    const int zeros = MAP_PRIVATE | MAP_ANONYMOUS;
    static const long bad_offsets[] = {
        1, -1, -BLOCK, INT64_MIN, INT64_MAX - BLOCK + 1, (1L << 32) + BLOCK};
    int fds[2];

    make_file("f", BLOCK, 8);
    int fd = open("f", O_RDONLY);
    int out = open("f", O_WRONLY);
    int directory = open(".", O_RDONLY);
    CHECK_EQ(pipe(fds), 0);
    CHECK_ERROR((long)mmap(NULL, 0, rw, zeros, -1, 0), EINVAL);
    CHECK_ERROR((long)mmap(NULL, BLOCK, 0, zeros, -1, 0), EINVAL);
    CHECK_ERROR((long)mmap(NULL, BLOCK, 8, zeros, -1, 0), EINVAL);
    CHECK_ERROR((long)mmap(NULL, BLOCK, PROT_WRITE | PROT_EXEC, zeros, -1, 0),
                EINVAL);
    CHECK_ERROR((long)mmap(NULL, BLOCK, rw, MAP_ANONYMOUS, -1, 0), EINVAL);
    CHECK_ERROR((long)mmap(NULL, BLOCK, rw, MAP_SHARED | zeros, -1, 0), EINVAL);
    CHECK_ERROR((long)mmap(NULL, BLOCK, rw, zeros | 8, -1, 0), EINVAL);
    for (size_t i = 0; i < LENGTH(bad_offsets); i++) {
        long offset = bad_offsets[i];

        CHECK_ERROR((long)mmap(NULL, BLOCK, rw, MAP_PRIVATE, fd, offset),
                    EINVAL);
        CHECK_ERROR((long)mmap(NULL, BLOCK, rw, zeros, -1, offset), EINVAL);
    }
    CHECK_ERROR((long)mmap(NULL, BLOCK, rw, MAP_PRIVATE, 99, 0), EBADF);
    CHECK_ERROR((long)mmap(NULL, BLOCK, rw, MAP_SHARED, fd, 0), EACCES);
    CHECK_ERROR((long)mmap(NULL, BLOCK, rw, MAP_PRIVATE, out, 0), EACCES);
    CHECK_ERROR((long)mmap(NULL, BLOCK, rw, MAP_PRIVATE, directory, 0), ENODEV);
    CHECK_ERROR((long)mmap(NULL, BLOCK, rw, MAP_PRIVATE, fds[0], 0), ENODEV);
    CHECK_ERROR((long)mmap(NULL, 1L << 37, rw, zeros, -1, 0), ENOMEM);
    CHECK_ERROR((long)mmap(NULL, ~0UL, rw, zeros, -1, 0), ENOMEM);
    CHECK_ERROR((long)mmap(NULL, 1L << 39, PROT_READ, zeros, -1, 0), ENOMEM);
    CHECK_ERROR(munmap((void *)1, BLOCK), EINVAL);
    CHECK_ERROR(munmap((void *)BLOCK, 0), EINVAL);
    CHECK_ERROR(munmap((void *)BLOCK, ~0UL), EINVAL);
    CHECK_ERROR(munmap((void *)USER_BASE, BLOCK), EINVAL); // the program
    CHECK_ERROR(msync((void *)1, BLOCK), EINVAL);
    for (size_t i = 0; i < bad_address_count; i++) {
        munmap((void *)bad_addresses[i], BLOCK); // any result is accepted
        msync((void *)bad_addresses[i], BLOCK);
    }
    close(fd);
    close(out);
    close(directory);
    CHECK_EQ(unlink("f"), 0);
}

/* Memory of a mapping is promised: mmap may fail, but touching it may not. */
static void test_mmap_promise(void)
{
    const int rw = PROT_READ | PROT_WRITE;
    const int zeros = MAP_PRIVATE | MAP_ANONYMOUS;
    size_t n = 1UL << 30;
    unsigned char *a;

    while ((a = mmap(NULL, n, rw, zeros, -1, 0)) == MAP_FAILED) {
        CHECK_EQ(errno, ENOMEM);
        n /= 2;
    }
    for (size_t i = 0; i < n; i += BLOCK) {
        a[i] = 1;
    }
    CHECK_EQ(munmap(a, n), 0);
}

/* A model of mappings: their addresses, and the first word of each page. */
enum { MODEL = 12, MODEL_PAGES = 16 };

static struct mapping {
    unsigned char *at; // NULL: not mapped
    int pages;
    bool there[MODEL_PAGES]; // not unmapped yet
    unsigned char byte[MODEL_PAGES];
} mappings[MODEL];

/* How many mappings contain the page at an address. */
static int model_count(const unsigned char *at)
{
    int n = 0;

    for (int i = 0; i < MODEL; i++) {
        const struct mapping *m = &mappings[i];

        n += m->at != NULL && at >= m->at && at < m->at + m->pages * BLOCK &&
             m->there[(at - m->at) / BLOCK];
    }
    return n;
}

/* Map that many pages; they must not overlap another mapping. */
static void model_map(struct mapping *m)
{
    m->pages = 1 + (int)test_random(MODEL_PAGES);
    m->at = mmap(NULL, (size_t)m->pages * BLOCK, PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(m->at != MAP_FAILED);
    for (int i = 0; i < m->pages; i++) {
        m->there[i] = true;
        m->byte[i] = 0;
        CHECK_EQ(model_count(m->at + i * BLOCK), 1);
    }
}

/* Unmap a page and some that follow; *m becomes free when no page is left. */
static void model_unmap(struct mapping *m)
{
    int first = (int)test_random((uint32_t)m->pages);
    int n = 0;
    bool any = false;

    while (first + n < m->pages && m->there[first + n] && test_random(5) > 0) {
        m->there[first + n] = false;
        n++;
    }
    if (n > 0) {
        CHECK_EQ(munmap(m->at + first * BLOCK, (size_t)n * BLOCK), 0);
    }
    for (int i = 0; i < m->pages; i++) {
        any |= m->there[i];
    }
    m->at = any ? m->at : NULL;
}

/* Check a page and change it; if it was unmapped, the kernel must not find
   it. */
static void model_touch(struct mapping *m, int fd)
{
    int page = (int)test_random((uint32_t)m->pages);
    unsigned char *at = m->at + page * BLOCK;

    if (m->there[page]) {
        CHECK_EQ(*at, m->byte[page]);
        m->byte[page] = (unsigned char)(1 + test_random(255));
        *at = m->byte[page];
    } else if (model_count(at) == 0) {
        CHECK_ERROR(write(fd, at, 1), EFAULT);
    }
}

/* Random map, unmap, and touch operations, while the heap below grows and
   shrinks. */
static void test_mmap_model(void)
{
    int fds[2];
    char *heap = sbrk(0);

    CHECK_EQ(pipe(fds), 0);
    memset(mappings, 0, sizeof(mappings));
    for (int round = 0; round < 3000; round++) {
        struct mapping *m = &mappings[test_random(MODEL)];
        uint32_t what = test_random(8);

        if (m->at == NULL) {
            model_map(m);
        } else if (what == 0) {
            model_unmap(m);
        } else if (what == 1) {
            intptr_t size = (intptr_t)test_random(100000);

            CHECK(sbrk(heap + size - (char *)sbrk(0)) != SBRK_ERROR);
        } else {
            model_touch(m, fds[1]);
        }
    }
    for (int i = 0; i < MODEL; i++) {
        struct mapping *m = &mappings[i];

        while (m->at != NULL) {
            model_unmap(m);
        }
    }
}

/* Exit with a change in the mapping that caused no fault: an earlier change,
   already on the disk, made the page writable. */
static void change_and_exit(long at)
{
    volatile unsigned char *page = (volatile unsigned char *)at + BLOCK;

    page[0] ^= 0xff;
    CHECK_EQ(sync(), 0);
    page[1] ^= 0xff;
}

/* When a process has exited, changes in its mapping are in the file, and not
   only in memory. */
static void test_mmap_exit_lasts(void)
{
    make_file("f", 3 * BLOCK, 9);
    CHECK_EQ(sync(), 0);
    int before = byte_of("f", BLOCK + 1);
    unsigned char *a =
        map_file("f", 3 * BLOCK, PROT_READ | PROT_WRITE, MAP_SHARED);
    expect_pass(change_and_exit, (long)a);
    CHECK_EQ(munmap(a, 3 * BLOCK), 0);
    CHECK_EQ(sync(), 0);
    expect_killed(exhaust_memory, 0);
    CHECK_EQ(byte_of("f", BLOCK + 1), before ^ 0xff);
    CHECK_EQ(unlink("f"), 0);
}

/* Mappings use the space above the heap, down to the last page, and no gaps
   between adjacent areas. */
static void test_mmap_full(void)
{
    const int flags = MAP_PRIVATE | MAP_ANONYMOUS;
    char *heap = sbrk(0);

    for (size_t n = MAXVA / 2; n >= BLOCK; n /= 2) {
        char *at;
        while ((at = mmap(NULL, n, PROT_READ, flags, -1, 0)) != MAP_FAILED) {
            CHECK(at > heap && at + n < (char *)MAXVA);
        }
        CHECK_EQ(errno, ENOMEM);
    }
    CHECK_EQ((long)sbrk(2 * BLOCK), -1);
    CHECK_EQ(errno, ENOMEM);
    int pid = fork(); // copies each area once
    if (pid == 0) {
        exit(0);
    }
    CHECK_EQ(reap(pid), 0);
}

const struct test mmap_tests[] = {
    {"mmap_zeros", test_mmap_zeros, false},
    {"munmap_parts", test_munmap_parts, false},
    {"mmap_private", test_mmap_private, false},
    {"mmap_shared", test_mmap_shared, false},
    {"mmap_between", test_mmap_between, false},
    {"mmap_holes", test_mmap_holes, false},
    {"mmap_truncate", test_mmap_truncate, false},
    {"mmap_exit", test_mmap_exit, false},
    {"mmap_exit_lasts", test_mmap_exit_lasts, true},
    {"mmap_errors", test_mmap_errors, false},
    {"mmap_promise", test_mmap_promise, false},
    {"mmap_model", test_mmap_model, false},
    {"mmap_full", test_mmap_full, false},
    {NULL, NULL, false},
};
