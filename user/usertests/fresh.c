/*
 * Memory that the kernel touches first: every call that copies in or out, in
 * every kind of memory, across a page boundary.
 */
#include "usertests.h"
#include "api/counters.h"

enum { BLOCK = 4096, SIZE = 2 * BLOCK };

static const char text[] = "../README.md";

/* Two pages of each kind, never touched. */
static char *lazy_heap(void)
{
    char *at = sbrklazy(SIZE + BLOCK);

    CHECK(at != SBRK_ERROR);
    return (char *)PGROUNDUP((uint64_t)at);
}

static char *promised_heap(void)
{
    char *at = sbrk(SIZE + BLOCK);

    CHECK(at != SBRK_ERROR);
    return (char *)PGROUNDUP((uint64_t)at);
}

static char *map(int flags, const char *name)
{
    int fd = name != NULL ? open(name, O_RDWR) : -1;
    char *at = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, flags, fd, 0);

    CHECK(at != MAP_FAILED);
    close(fd);
    return at;
}

static char *anonymous(void)
{
    return map(MAP_PRIVATE | MAP_ANONYMOUS, NULL);
}

static char *private_file(void)
{
    return map(MAP_PRIVATE, "content");
}

static char *shared_file(void)
{
    return map(MAP_SHARED, "content");
}

/* Filled by the parent; a child shares it until it writes. */
static char *inherited_pages;

static char *inherited(void)
{
    return inherited_pages;
}

static const struct kind {
    const char *name;
    char *(*make)(void);
} kinds[] = {
    {"lazy heap", lazy_heap},     {"heap", promised_heap},
    {"anonymous", anonymous},     {"private file", private_file},
    {"shared file", shared_file}, {"inherited", inherited},
};

/* ---- results ---------------------------------------------------------- */

static int file;            // f
static char *(*make)(void); // the kind of memory

/* Space for a result of n bytes, half on one page and half on the next. */
static void *across(size_t n)
{
    return make() + BLOCK - n / 2 / 4 * 4;
}

static void result_read(void)
{
    unsigned char *at = across(100);

    CHECK_EQ(read(file, at, 100), 100);
    CHECK(pattern_holds(at, 100, 1));
}

static void result_fstat(void)
{
    struct stat want;
    struct stat *at = across(sizeof(*at));

    CHECK_EQ(fstat(file, &want), 0);
    CHECK_EQ(fstat(file, at), 0);
    CHECK_EQ(memcmp(at, &want, sizeof(want)), 0);
}

static void result_statfs(void)
{
    struct statfs want;
    struct statfs *at = across(sizeof(*at));

    CHECK_EQ(statfs(at), 0);
    CHECK_EQ(statfs(&want), 0);
    CHECK_EQ(at->blocks, want.blocks);
    CHECK_EQ(at->name_max, NAMEMAX);
}

static void result_readlink(void)
{
    char *at = across(sizeof(text));

    CHECK_EQ(readlink("s", at, sizeof(text)), sizeof(text) - 1);
    CHECK_EQ(memcmp(at, text, sizeof(text) - 1), 0);
}

static void result_pipe(void)
{
    char *at = across(8);
    int fds[2];
    char c = 'p';

    CHECK_EQ(pipe((int *)at), 0);
    memcpy(fds, at, sizeof(fds));
    CHECK_EQ(write(fds[1], &c, 1), 1);
    CHECK_EQ(read(fds[0], at, 1), 1);
    CHECK_EQ(at[0], 'p');
}

static void exit_9(long unused)
{
    (void)unused;
    exit(9);
}

static void result_wait(void)
{
    char *at = make() + BLOCK - 2; // two bytes on each page
    int status;

    int pid = spawn(exit_9, 0);
    CHECK_EQ(wait((int *)(void *)at), pid);
    memcpy(&status, at, sizeof(status));
    CHECK_EQ(status, 9);
}

static void result_waitpid(void)
{
    char *at = make() + BLOCK - 1;
    int status;

    int pid = spawn(exit_9, 0);
    CHECK_EQ(waitpid(pid, (int *)(void *)at, 0), pid);
    memcpy(&status, at, sizeof(status));
    CHECK_EQ(status, 9);
}

static void result_time(void)
{
    char *at = across(8);
    long stored;

    long now = time((long *)(void *)at);
    memcpy(&stored, at, sizeof(stored));
    CHECK_EQ(stored, now);
}

static void result_counters(void)
{
    struct counter *at = across(2 * sizeof(*at));

    CHECK_EQ(counters(at, 2), 2);
    CHECK_EQ(strcmp(at[0].name, "pages total"), 0);
    CHECK_EQ(strcmp(at[1].name, "pages free"), 0);
    CHECK(at[0].value > at[1].value);
}

static void result_proclist(void)
{
    struct procinfo *at = across(2 * sizeof(*at));

    CHECK_EQ(proclist(at, 2), 2);
    CHECK_EQ(at[0].pid, 1);
    CHECK(at[1].pid > 1);
}

/* ---- arguments -------------------------------------------------------- */

/* Store bytes there with a call, so that the program has not touched the pages:
   the bytes come out of a pipe. */
static void *put_across(const void *bytes, size_t n)
{
    char *at = across(n);
    int fds[2];

    CHECK_EQ(pipe(fds), 0);
    CHECK_EQ(write(fds[1], bytes, (int)n), n);
    CHECK_EQ(read(fds[0], at, (int)n), n);
    close(fds[0]);
    close(fds[1]);
    return at;
}

/* Whether every call of `make` returns the same memory. */
static bool is_one_place(void)
{
    return make == inherited || make == shared_file;
}

static void argument_write(void)
{
    char *at = put_across(text, sizeof(text));
    char back[sizeof(text)];
    int fds[2];

    CHECK_EQ(pipe(fds), 0);
    CHECK_EQ(write(fds[1], at, sizeof(text)), sizeof(text));
    CHECK_EQ(read(fds[0], back, sizeof(back)), sizeof(back));
    CHECK_EQ(memcmp(back, text, sizeof(text)), 0);
}

static void argument_paths(void)
{
    char *old = put_across("old", 4);
    char *new = is_one_place() ? (char[]){"new"} : put_across("new", 4);
    char buffer[4];

    CHECK_EQ(mkdir(old), 0);
    CHECK_EQ(chdir(old), 0);
    CHECK_EQ(chdir(".."), 0);
    CHECK_EQ(rename(old, new), 0);
    CHECK_EQ(rmdir(new), 0);
    int fd = open(old, O_WRONLY | O_CREATE);
    CHECK_EQ(write(fd, "abc", 3), 3);
    close(fd);
    CHECK_EQ(link(old, new), 0);
    CHECK_EQ(truncate(new, 1), 0);
    CHECK_EQ(size_of(old), 1);
    CHECK_EQ(unlink(new), 0);
    CHECK_EQ(symlink(old, new), 0);
    CHECK_EQ(readlink(new, buffer, 4), 3);
    CHECK_EQ(unlink(new), 0);
    CHECK_EQ(unlink(old), 0);
    CHECK_EQ(mknod(new, 2, 0), 0);
    CHECK_EQ(unlink(new), 0);
    CHECK_ERROR(bootarg(old, buffer, 4), ENOENT);
}

/* The list and its string in such memory. */
static void argument_exec(void)
{
    char name[] = "/bin/true";
    char *string = is_one_place() ? name : put_across(name, sizeof(name));
    char *list[] = {string, NULL};
    char **at = put_across(list, sizeof(list));
    int pid = fork();

    if (pid == 0) {
        exec(string, at);
        exit(1);
    }
    CHECK_EQ(reap(pid), 0);
}

static void (*const uses[])(void) = {
    result_read,     result_fstat,    result_statfs,  result_readlink,
    result_pipe,     result_wait,     result_waitpid, result_time,
    result_counters, result_proclist, argument_write, argument_paths,
    argument_exec,
};

/* One use of one kind of memory, in a child. */
static void try_one(long which)
{
    make = kinds[which / 100].make;
    CHECK_EQ(lseek(file, 0, SEEK_SET), 0);
    uses[which % 100]();
}

static void test_fresh_memory(void)
{
    unsigned char *pages = test_buffer(SIZE + BLOCK);

    inherited_pages = (char *)PGROUNDUP((uint64_t)pages);
    pattern_fill((unsigned char *)inherited_pages, SIZE, 2);
    make_file("f", 100, 1);
    CHECK_EQ(symlink(text, "s"), 0);
    make_file("content", SIZE, 3);
    file = open("f", O_RDONLY);
    for (size_t i = 0; i < LENGTH(kinds); i++) {
        for (size_t j = 0; j < LENGTH(uses); j++) {
            int status = reap(spawn(try_one, (long)(i * 100 + j)));

            if (status != 0) {
                printf("    %s, use %zu\n", kinds[i].name, j);
                exit(1);
            }
        }
        CHECK(pattern_holds((unsigned char *)inherited_pages, SIZE, 2));
        if (kinds[i].make == private_file) {
            check_file("content", SIZE, 3); // the original is unchanged
        }
    }
    CHECK_EQ(unlink("content"), 0);
    CHECK_EQ(unlink("s"), 0);
    CHECK_EQ(unlink("f"), 0);
}

/* ---- copy on write, at once --------------------------------------------- */

enum { SHARERS = 4, ROUNDS = 200 };

/* Store to, read into, and fork the page that all share, repeatedly. */
static void share_page(long child)
{
    volatile char *page = inherited_pages;
    int fd = open("/zero", O_RDONLY);

    CHECK_EQ(page[child], 'p');
    for (int i = 0; i < ROUNDS; i++) {
        page[child] = (char)i;
        if (i % 10 == 0) {
            int pid = fork();

            if (pid == 0) {
                CHECK_EQ(read(fd, inherited_pages + 8, 100), 100);
                CHECK_EQ(page[child], (char)i);
                CHECK_EQ(page[8] | page[107], 0);
                exit(0);
            }
            page[child] = 'x';
            CHECK_EQ(reap(pid), 0);
            CHECK_EQ(page[8], 'p');
        }
        for (int other = 0; other < SHARERS; other++) {
            CHECK(other == child || page[other] == 'p');
        }
    }
}

/* Each process sees only its own stores. */
static void test_cow_race(void)
{
    inherited_pages = test_buffer(BLOCK);
    memset(inherited_pages, 'p', BLOCK);
    for (long i = 0; i < SHARERS; i++) {
        spawn(share_page, i);
    }
    reap_all(SHARERS);
    for (int i = 0; i < BLOCK; i++) {
        CHECK_EQ(inherited_pages[i], 'p');
    }
}

const struct test fresh_tests[] = {
    {"fresh_memory", test_fresh_memory, false},
    {"cow_race", test_cow_race, false},
    {NULL, NULL, false},
};
