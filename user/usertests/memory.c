/*
 * Memory: copy-on-write after fork, the break, lazy pages, and running out of
 * memory.
 */
#include "usertests.h"

enum { MIB = 1024 * 1024 };

static volatile int shared_word = 1;
static unsigned char shared_pages[8 * 4096];

/* Write to the word that all processes share before the write. */
static void write_shared(long value)
{
    CHECK_EQ(shared_word, 1);
    shared_word = (int)value;
    yield();
    CHECK_EQ(shared_word, value);
}

/* The parent does not see a child's writes. */
static void test_cow_child(void)
{
    for (long value = 2; value < 12; value++) {
        expect_pass(write_shared, value);
        CHECK_EQ(shared_word, 1);
    }
}

/* Read shared memory after the parent has changed its copy. */
static void read_late(long fd)
{
    char c;

    CHECK_EQ(read((int)fd, &c, 1), 1); // until the parent has written
    CHECK_EQ(shared_word, 1);
    CHECK(pattern_holds(shared_pages, sizeof(shared_pages), 1));
}

/* Children do not see the parent's later writes. */
static void test_cow_parent(void)
{
    int fds[2];

    pattern_fill(shared_pages, sizeof(shared_pages), 1);
    CHECK_EQ(pipe(fds), 0);
    for (int i = 0; i < 4; i++) {
        spawn(read_late, fds[0]);
    }
    shared_word = 99;
    pattern_fill(shared_pages, sizeof(shared_pages), 2);
    CHECK_EQ(write(fds[1], "gogo", 4), 4);
    reap_all(4);
    CHECK(pattern_holds(shared_pages, sizeof(shared_pages), 2));
}

/* Each generation writes one page and forks; then each checks all pages. */
static void generation(long depth)
{
    size_t page = (size_t)depth % 8 * PGSIZE;

    memset(shared_pages + page, (int)depth, PGSIZE);
    if (depth > 1) {
        expect_pass(generation, depth - 1);
    }
    for (size_t i = 0; i < PGSIZE; i++) {
        CHECK_EQ(shared_pages[page + i], depth);
    }
}

/* A chain of forks that share pages with different ancestors. */
static void test_cow_chain(void)
{
    generation(24);
}

/* The kernel writes to a shared page for a child. */
static void kernel_writes(long fd)
{
    unsigned char *at = shared_pages + PGSIZE;
    int status;

    CHECK_EQ(read((int)fd, at, 2 * PGSIZE), 2 * PGSIZE);
    CHECK_EQ(fstat((int)fd, (struct stat *)(at + 3 * PGSIZE)), 0);
    CHECK_EQ(pipe((int *)(at + 4 * PGSIZE)), 0);
    int pid = fork();
    if (pid == 0) {
        exit(5);
    }
    CHECK_EQ(wait((int *)(at + 5 * PGSIZE)), pid);
    memcpy(&status, at + 5 * PGSIZE, sizeof(status));
    CHECK_EQ(status, 5);
    CHECK_EQ(at[0] | at[2 * PGSIZE - 1], 0);
}

/* A system call that writes to a shared page must copy it first. */
static void test_cow_kernel(void)
{
    int zero = open("/zero", O_RDONLY);

    pattern_fill(shared_pages, sizeof(shared_pages), 3);
    expect_pass(kernel_writes, zero);
    CHECK(pattern_holds(shared_pages, sizeof(shared_pages), 3));
}

/* Write at random places, recording the expected contents. */
static void cow_random(long depth)
{
    enum { WRITES = 64 };
    uint32_t where[WRITES];

    for (uint32_t i = 0; i < WRITES; i++) {
        where[i] = test_random(sizeof(shared_pages));
        shared_pages[where[i]] = (unsigned char)(depth * 7 + where[i]);
        if (depth > 0 && test_random(16) == 0) {
            expect_pass(cow_random, depth - 1);
        }
    }
    for (uint32_t i = 0; i < WRITES; i++) {
        CHECK_EQ(shared_pages[where[i]], (depth * 7 + where[i]) & 0xff);
    }
}

/* Processes fork between writes, several levels deep. */
static void test_cow_random(void)
{
    cow_random(3);
}

/* sbrk returns the old break, and the new memory is zero. */
static void test_sbrk(void)
{
    char *start = sbrk(0);

    for (intptr_t n = 1; n < 100000; n = n * 3 + 1) {
        char *block = sbrk(n);

        CHECK(block != SBRK_ERROR);
        for (intptr_t i = 0; i < n; i++) {
            CHECK_EQ(block[i], 0);
        }
        memset(block, 0xaa, (size_t)n);
        CHECK(sbrk(0) == block + n);
    }
    CHECK(sbrk(start - (char *)sbrk(0)) != SBRK_ERROR);
    CHECK(sbrk(0) == start);
}

/* Shrinking to any size keeps the memory below and discards the pages above. */
static void test_sbrk_shrink(void)
{
    char *start = sbrk(10 * PGSIZE);

    pattern_fill((unsigned char *)start, 10 * PGSIZE, 4);
    for (int i = 0; i < 60; i++) {
        intptr_t keep = (intptr_t)test_random(10 * PGSIZE);
        char *end = start + 10 * PGSIZE;

        CHECK(sbrk(start + keep - end) == end);
        CHECK(pattern_holds((unsigned char *)start, (size_t)keep, 4));
        CHECK(sbrk(end - start - keep) == start + keep);
        for (char *p = (char *)PGROUNDUP((uint64_t)start + (uint64_t)keep);
             p < end; p++) {
            CHECK_EQ(*p, 0);
        }
        pattern_fill((unsigned char *)start, 10 * PGSIZE, 4);
    }
}

/* Store one byte. */
static void write_byte(long address)
{
    *(volatile char *)address = 1;
}

/* Pages are unmapped as soon as the heap shrinks. */
static void test_sbrk_gone(void)
{
    char *heap = (char *)PGROUNDUP((uint64_t)sbrk(20 * PGSIZE));

    memset(heap, 1, 19 * PGSIZE);
    CHECK(sbrk(heap + 2 * PGSIZE - (char *)sbrk(0)) != SBRK_ERROR);
    write_byte((long)(heap + 2 * PGSIZE - 1));
    expect_killed(write_byte, (long)(heap + 2 * PGSIZE));
    expect_killed(write_byte, (long)(heap + 10 * PGSIZE));
}

/* The expected bytes of the heap; 0 means not written since it was
   allocated. */
static void test_sbrk_model(void)
{
    enum { MODEL = 64 };
    static unsigned char model[MODEL]; // first byte of each page
    char *base = (char *)PGROUNDUP((uint64_t)sbrk(0));
    size_t size = 0; // bytes above base

    CHECK(sbrk(base - (char *)sbrk(0)) != SBRK_ERROR);
    for (int round = 0; round < 600; round++) {
        size_t next = test_random(MODEL * PGSIZE);
        intptr_t step = (intptr_t)next - (intptr_t)size;
        bool lazy = test_random(2) == 0;

        CHECK(sys_sbrk(step, lazy ? SBRK_LAZY : SBRK_EAGER) == base + size);
        for (size_t page = 0; page < MODEL; page++) {
            if (page * PGSIZE >= next) {
                model[page] = 0;
            } else if (test_random(3) == 0) {
                CHECK_EQ((unsigned char)base[page * PGSIZE], model[page]);
                model[page] = (unsigned char)(1 + test_random(255));
                base[page * PGSIZE] = (char)model[page];
            }
        }
        size = next;
    }
}

/* Failed requests change nothing. */
static void test_sbrk_errors(void)
{
    static const intptr_t steps[] = {
        INT64_MAX,   INT64_MIN, 1L << 62,    -(1L << 62),   1L << 40,
        -(1L << 30), 1L << 38,  -(1L << 38), INT64_MIN + 1,
    };
    char *end = sbrk(0);

    for (size_t i = 0; i < LENGTH(steps); i++) {
        CHECK(sbrk(steps[i]) == SBRK_ERROR);
        CHECK(errno == (steps[i] > 0 ? ENOMEM : EINVAL));
        CHECK(sbrklazy(steps[i]) == SBRK_ERROR);
        CHECK(sbrk(0) == end);
    }
}

/* Grow lazily as far as possible, in ever smaller steps: up to the page that
   xv6's programs know they cannot have. */
static void test_lazy_limit(void)
{
    record_stop(); // its page is at the upper end
    for (intptr_t step = 1L << 37; step > 0; step /= 2) {
        while (sbrklazy(step) != SBRK_ERROR) {}
        CHECK_EQ(errno, ENOMEM);
    }
    char *end = sbrk(0);
    CHECK_EQ((uint64_t)end, TRAPFRAME);
    end[-1] = 1; // the last byte works
    expect_pass(write_byte, (long)(end - 1));
    expect_killed(write_byte, (long)PGROUNDUP((uint64_t)end));
}

/* A few pages of a huge heap cost only those pages. */
static void test_lazy_sparse(void)
{
    char *heap = sbrklazy(1L << 32);

    CHECK(heap != SBRK_ERROR);
    for (int i = 0; i < 64; i++) {
        heap[(intptr_t)i << 26] = (char)i;
    }
    expect_pass(write_byte, (long)(heap + (1L << 31) + 12345));
    for (int i = 0; i < 64; i++) {
        CHECK_EQ(heap[(intptr_t)i << 26], i);
        CHECK_EQ(heap[((intptr_t)i << 26) + (intptr_t)PGSIZE], 0);
    }
    CHECK(sbrk(-(1L << 32)) != SBRK_ERROR);
}

/* Allocate memory until there is none; all that was allocated can be used. */
static void take_all(long unused)
{
    int blocks = 0;
    char *block;

    (void)unused;
    while ((block = sbrk(MIB)) != SBRK_ERROR) {
        for (size_t i = 0; i < MIB; i += PGSIZE) {
            block[i] = 1;
        }
        blocks++;
    }
    CHECK_EQ(errno, ENOMEM);
    CHECK(blocks > 4);
    CHECK(sbrk(-MIB) != SBRK_ERROR);
}

bool is_strict(void)
{
    char value[8];

    return bootarg("commit", value, sizeof(value)) > 0;
}

/* The second run shows that all memory came back. */
static void test_memory_all(void)
{
    for (int i = 0; i < 2; i++) {
        expect_pass(take_all, 0);
    }
}

/* Touch more unpromised memory than there is. */
void exhaust_memory(long unused)
{
    char *heap = sbrklazy(1L << 36);

    (void)unused;
    for (intptr_t i = 0; i < 1L << 36; i += (intptr_t)PGSIZE) {
        heap[i] = 1;
    }
}

/* The process that finds no page is ended; others continue. */
static void test_memory_overdraft(void)
{
    expect_killed(exhaust_memory, 0);
    expect_pass(write_shared, 2);
}

/* Fork until memory is short; each child has private memory. */
static void test_memory_fork(void)
{
    const int most = is_strict() ? 40 : 4; // otherwise they may be killed
    char *heap = sbrk(4 * MIB);
    int children = 0;
    int fds[2];

    CHECK(heap != SBRK_ERROR);
    memset(heap, 1, 4 * MIB);
    CHECK_EQ(pipe(fds), 0);
    for (; children < most; children++) {
        int pid = fork();

        if (pid < 0) {
            CHECK_EQ(errno, ENOMEM);
            break;
        }
        if (pid == 0) {
            char c;

            close(fds[1]);
            memset(heap, children, 4 * MIB); // must not fail
            exit(read(fds[0], &c, 1));
        }
    }
    CHECK(children > 0);
    close(fds[1]);
    reap_all(children);
}

/* A large uninitialized array is zero to its last byte. */
static void test_bss(void)
{
    static unsigned char zeros[3 * 4096 + 17];

    for (size_t i = 0; i < sizeof(zeros); i++) {
        CHECK_EQ(zeros[i], 0);
        zeros[i] = 1;
    }
}

const struct test memory_tests[] = {
    {"cow_child", test_cow_child, false},
    {"cow_parent", test_cow_parent, false},
    {"cow_chain", test_cow_chain, false},
    {"cow_kernel", test_cow_kernel, false},
    {"cow_random", test_cow_random, false},
    {"sbrk", test_sbrk, false},
    {"sbrk_shrink", test_sbrk_shrink, false},
    {"sbrk_gone", test_sbrk_gone, false},
    {"sbrk_model", test_sbrk_model, false},
    {"sbrk_errors", test_sbrk_errors, false},
    {"lazy_limit", test_lazy_limit, false},
    {"lazy_sparse", test_lazy_sparse, false},
    {"memory_all", test_memory_all, true},
    {"memory_overdraft", test_memory_overdraft, true},
    {"memory_fork", test_memory_fork, true},
    {"bss", test_bss, false},
    {NULL, NULL, false},
};
