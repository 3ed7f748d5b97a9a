/*
 * Shortage of memory.  A call that finds none fails with ENOMEM and leaves
 * everything unchanged; memory that was promised can always be used.
 *
 * To take all memory, the kernel reads zeros into pages that were never
 * promised (sbrklazy): there a call only fails, while a store by the program
 * would end it.
 */
#include "usertests.h"
#include "api/counters.h"

static char *heap;     // not promised, larger than memory
static intptr_t taken; // bytes of it that are filled
static int zero;       // /zero
static int file;       // f

enum { CHUNK = 1 << 20 }; // maximum bytes to take with one call

/* Prepare to take memory. */
static void open_heap(void)
{
    heap = sbrklazy(1L << 36);
    taken = 0;
    CHECK(heap != SBRK_ERROR);
    zero = open("/zero", O_RDONLY);
    CHECK(zero >= 0);
}

/* Take some memory; returns whether there was any. */
static bool take_some(void)
{
    intptr_t before = taken;
    int n;

    while ((n = read(zero, heap + taken, CHUNK)) > 0) {
        taken += n;
    }
    CHECK_EQ(errno, ENOMEM);
    return taken > before;
}

/* Start a process that holds most of memory until it is killed.  Taking a large
   memory takes long, so it is done once for all calls.  `rest` bytes stay free,
   part of them for page tables: one page for 512. */
static void have_most(long rest)
{
    struct counter list[2]; // "pages total" and "pages free"

    CHECK_EQ(counters(list, 2), 2);
    open_heap();
    while (taken + taken / 512 + rest < list[1].value * (long)PGSIZE) {
        int n = read(zero, heap + taken, CHUNK);

        CHECK(n > 0);
        taken += n;
    }
    tell_ready();
    for (;;) {
        sleep(1000);
    }
}

/*
 * Copy every page of the program into this process: a page that is loaded or
 * copied later would need memory.  The compiler determines what is on which
 * page, so each page is read and, where possible, written: one byte goes
 * through a pipe and back.
 */
static void own_all_pages(void)
{
    int fds[2];
    char byte;

    CHECK_EQ(pipe(fds), 0);
    for (char *page = (char *)USER_BASE; page < heap; page += PGSIZE) {
        CHECK_EQ(write(fds[1], page, 1), 1);
        if (read(fds[0], page, 1) != 1) { // the page is read-only
            CHECK_EQ(read(fds[0], &byte, 1), 1);
        }
    }
    close(fds[0]);
    close(fds[1]);
    touch_stack();
}

/* Take all remaining memory, except what the program itself needs. */
static void take_all(void)
{
    open_heap();
    own_all_pages();
    for (int idle = 0; idle < 3;) {
        idle = take_some() ? 0 : idle + 1;
        yield();
    }
    CHECK(taken > CHUNK);
}

/* The calls that need kernel memory. */
static int call_open(void)
{
    return open("s", O_RDONLY);
}

static int call_link(void)
{
    return link("f", "new");
}

static int call_rename(void)
{
    return rename("f", "new");
}

static int call_symlink(void)
{
    return symlink("f", "new");
}

static int call_mkdir(void)
{
    return mkdir("new");
}

static int call_mknod(void)
{
    return mknod("new", 2, 0);
}

static int call_create(void)
{
    return open("new", O_WRONLY | O_CREATE);
}

static int call_unlink(void)
{
    return unlink("f");
}

static int call_rmdir(void)
{
    return rmdir("d");
}

static int call_chdir(void)
{
    return chdir("d");
}

static int call_truncate(void)
{
    return truncate("f", 5);
}

static int call_readlink(void)
{
    char target[8];

    return readlink("s", target, sizeof(target));
}

static int call_exec(void)
{
    char *argv[] = {NULL};

    return exec("/bin/true", argv);
}

static int call_fork(void)
{
    int pid = fork();

    if (pid == 0) {
        exit(0);
    }
    return pid > 0 ? wait(NULL) : pid;
}

/* The calls that need an untouched page of the program. */
static char *untouched(void)
{
    return heap + taken + (1L << 30);
}

static int call_read(void)
{
    return read(zero, untouched(), 1);
}

static int call_write(void)
{
    return write(file, untouched(), 1);
}

static int call_fstat(void)
{
    return fstat(zero, (struct stat *)untouched());
}

static int call_pipe(void)
{
    return pipe((int *)untouched());
}

static int call_statfs(void)
{
    return statfs((struct statfs *)untouched());
}

static int call_counters(void)
{
    return counters((struct counter *)untouched(), 1);
}

static int call_proclist(void)
{
    return proclist((struct procinfo *)untouched(), 1);
}

static int call_bootarg(void)
{
    return bootarg(untouched(), untouched(), 1);
}

static int call_wait(void)
{
    return wait((int *)untouched());
}

static int call_waitpid(void)
{
    return waitpid(-1, (int *)untouched(), WNOHANG);
}

static int call_time(void)
{
    return (int)time((long *)untouched());
}

static const struct {
    const char *name;
    int (*call)(void);
} calls[] = {
    {"open", call_open},         {"link", call_link},
    {"rename", call_rename},     {"symlink", call_symlink},
    {"mkdir", call_mkdir},       {"mknod", call_mknod},
    {"create", call_create},     {"unlink", call_unlink},
    {"rmdir", call_rmdir},       {"chdir", call_chdir},
    {"truncate", call_truncate}, {"readlink", call_readlink},
    {"exec", call_exec},         {"fork", call_fork},
    {"read", call_read},         {"write", call_write},
    {"fstat", call_fstat},       {"pipe", call_pipe},
    {"statfs", call_statfs},     {"counters", call_counters},
    {"proclist", call_proclist}, {"bootarg", call_bootarg},
    {"wait", call_wait},         {"waitpid", call_waitpid},
    {"time", call_time},
};

/* Make one call when there is no memory: it must fail with ENOMEM.  Memory that
   others free meanwhile is taken, too. */
static void starve(long which)
{
    int result = 0;

    file = open("f", O_WRONLY);
    CHECK(file >= 0);
    take_all();
    for (int i = 0; i < 20 && result != -1; i++) {
        take_some();
        result = calls[which].call();
    }
    if (result != -1 || errno != ENOMEM) {
        printf("    %s: %d, %s\n", calls[which].name, result,
               result < 0 ? strerror(errno) : "there was memory");
        exit(1);
    }
}

/* Every call that needs memory, when there is none.  First all changes are
   written to the disk, because pages that a commit frees would help the
   call. */
static void test_no_memory(void)
{
    make_file("f", 10, 1);
    CHECK_EQ(symlink("f", "s"), 0);
    CHECK_EQ(mkdir("d"), 0);
    CHECK_EQ(sync(), 0);
    CHECK_EQ(pipe(ready), 0);
    int holder = start_victim(have_most, 8 * CHUNK);
    for (size_t i = 0; i < LENGTH(calls); i++) {
        expect_pass(starve, (long)i);
        check_file("f", 10, 1);
        CHECK_EQ(links_of("f"), 1);
        CHECK_EQ(size_of("d"), 4096); // room for names, but none was created
        CHECK_EQ(size_of("new"), -1);
    }
    kill_and_reap(holder);
    close(ready[0]);
    close(ready[1]);
    CHECK_EQ(rmdir("d"), 0);
    CHECK_EQ(unlink("s"), 0);
    CHECK_EQ(unlink("f"), 0);
}

enum { MAPPED = 3072, LEFT = 6 * CHUNK }; // pages of f; bytes of free memory

/* Read each page of a mapping, twice. */
static void look_at_all(long unused)
{
    int fd = open("f", O_RDONLY);
    const char *at =
        mmap(NULL, (size_t)MAPPED * PGSIZE, PROT_READ, MAP_SHARED, fd, 0);

    (void)unused;
    CHECK(at != MAP_FAILED);
    for (int i = 0; i < 2 * MAPPED; i++) {
        const char *page = at + (long)(i % MAPPED) * PGSIZE;
        CHECK_EQ(*(const int *)page, i % MAPPED);
    }
}

/* A file larger than the remaining memory can be mapped and read, because clean
   mapped pages are reclaimed, too. */
static void test_mapped_pages_go(void)
{
    static int page[PGSIZE / sizeof(int)];
    int fd = open("f", O_WRONLY | O_CREATE);

    for (int i = 0; i < MAPPED; i++) {
        page[0] = i;
        CHECK_EQ(write(fd, page, PGSIZE), PGSIZE);
    }
    close(fd);
    CHECK_EQ(sync(), 0);
    CHECK_EQ(pipe(ready), 0);
    int holder = start_victim(have_most, LEFT);
    expect_pass(look_at_all, 0);
    kill_and_reap(holder);
    close(ready[0]);
    close(ready[1]);
    CHECK_EQ(unlink("f"), 0);
}

const struct test hunger_tests[] = {
    {"no_memory", test_no_memory, false},
    {"mapped_pages_go", test_mapped_pages_go, true},
    {NULL, NULL, false},
};
