/*
 * Shortage of descriptors, blocks, inodes, and memory.  A call that does not
 * get what it needs fails and leaves everything unchanged; calls that free
 * resources always work.
 */
#include "usertests.h"

enum { BLOCK = 4096, MIB = 1024 * 1024 };

/* ---- descriptors ------------------------------------------------------ */

/* Without a free descriptor no file is created. */
static void test_no_descriptors(void)
{
    int fds[2];

    while (dup(0) >= 0) {}
    CHECK_EQ(errno, EMFILE);
    CHECK_ERROR(open("new", O_WRONLY | O_CREATE), EMFILE);
    CHECK_ERROR(pipe(fds), EMFILE);
    CHECK_EQ(close(NOFILE - 1), 0);
    CHECK_ERROR(pipe(fds), EMFILE); // needs two
    CHECK_ERROR(open("new", O_RDONLY), ENOENT);
    CHECK_EQ(open("new", O_WRONLY | O_CREATE), NOFILE - 1);
    CHECK_EQ(unlink("new"), 0);
}

/* ---- the disk --------------------------------------------------------- */

/* Free blocks and inodes, after all freed ones are available. */
static struct statfs disk_state(void)
{
    struct statfs state;

    CHECK_EQ(sync(), 0);
    CHECK_EQ(statfs(&state), 0);
    return state;
}

/* Fill the disk with files, to the last usable block: first in large pieces,
   then by blocks, then by blocks of a small file. */
static void fill_disk(const char *large, const char *small)
{
    char *bytes = test_buffer(MIB);
    int fd = open(large, O_WRONLY | O_CREATE);

    while (write(fd, bytes, MIB) > 0) {}
    CHECK_EQ(errno, ENOSPC);
    while (write(fd, bytes, BLOCK) > 0) {}
    CHECK_EQ(errno, ENOSPC);
    close(fd);
    fd = open(small, O_WRONLY | O_CREATE);
    while (write(fd, bytes, BLOCK) > 0) {}
    CHECK_EQ(errno, ENOSPC);
    close(fd);
    free(bytes);
}

/* Fill the directory's block, which holds 64 entries, so that the next name
   needs a new block; returns how many names were created. */
static int fill_directory(int has)
{
    struct stat st;
    int n = 0;

    for (; has + n < BLOCK / (int)sizeof(struct dirent); n++) {
        CHECK_EQ(mknod(name_for(0, n), 2, 0), 0);
    }
    CHECK_EQ(stat(".", &st), 0);
    CHECK_EQ(st.size, BLOCK);
    return n;
}

/* Try everything that needs a block, on a full disk, in a full directory. */
static void try_without_blocks(void)
{
    char target[] = "a link needs a block for its target";
    char c = 'x';

    CHECK_ERROR(open("new", O_WRONLY | O_CREATE), ENOSPC);
    CHECK_ERROR(mkdir("new"), ENOSPC);
    CHECK_ERROR(mknod("new", 2, 0), ENOSPC);
    CHECK_ERROR(link("kept", "new"), ENOSPC);
    CHECK_ERROR(symlink(target, "new"), ENOSPC);
    CHECK_ERROR(rename("d/f", "new"), ENOSPC);
    CHECK_ERROR(rename("d/e", "new"), ENOSPC);
    CHECK_EQ(rename("kept", "d/e/new"),
             0); // a new directory needs a block
    CHECK_EQ(rename("d/e/new", "kept"), 0);
    CHECK_ERROR(mkdir("d/e/new"), ENOSPC);
    CHECK_ERROR(symlink(target, "d/new"), ENOSPC); // there the name has room
    int fd = open("empty", O_RDWR);
    CHECK_ERROR(write(fd, &c, 1), ENOSPC);
    // Positions after 20 and after 1044 blocks need indirect blocks, too.
    CHECK_EQ(lseek(fd, 20 * BLOCK, SEEK_SET), 20 * BLOCK);
    CHECK_ERROR(write(fd, &c, 1), ENOSPC);
    CHECK_EQ(lseek(fd, 1044 * BLOCK, SEEK_SET), 1044 * BLOCK);
    CHECK_ERROR(write(fd, &c, 1), ENOSPC);
    CHECK_EQ(size_of("empty"), 0);
    close(fd);
}

/* Calls that need no block, and calls that free some. */
static void try_what_needs_none(int names)
{
    check_file("kept", 1000, 1);
    check_file("d/f", 10, 2);
    CHECK_EQ(rename("d/f", "d/g"), 0);
    CHECK_EQ(link("kept", "d/k"), 0);
    CHECK_EQ(unlink("d/k"), 0);
    CHECK_EQ(truncate("kept", 10), 0);
    for (int i = 0; i < names; i++) {
        CHECK_EQ(unlink(name_for(0, i)), 0);
    }
    CHECK_EQ(unlink("d/g"), 0);
    CHECK_EQ(rmdir("d/e"), 0);
    CHECK_EQ(rmdir("d"), 0);
    CHECK_EQ(unlink("empty"), 0);
    CHECK_EQ(unlink("large"), 0);
    CHECK_EQ(unlink("small"), 0);
    CHECK_EQ(unlink("kept"), 0);
}

/* No block is free: nothing is created, nothing is lost, and a call that fails
   in the middle keeps no block. */
static void test_no_blocks(void)
{
    make_file("kept", 1000, 1);
    make_file("empty", 0, 0);
    CHECK_EQ(mkdir("d"), 0);
    CHECK_EQ(mkdir("d/e"), 0);
    make_file("d/f", 10, 2);
    make_file("small", 0, 0);
    make_file("large", 0, 0);
    int names = fill_directory(5);
    fill_disk("large", "small");
    struct statfs before = disk_state();
    CHECK_EQ(before.free_blocks, 0);
    try_without_blocks();
    struct statfs after = disk_state();
    CHECK_EQ(after.free_blocks, 0);
    CHECK_EQ(after.free_inodes, before.free_inodes);
    try_what_needs_none(names);
}

/* One to four blocks are free: a write keeps no block that it cannot use. */
static void test_few_blocks(void)
{
    char *bytes = test_buffer(BLOCK);

    make_file("small", 0, 0);
    make_file("spare", 4 * BLOCK, 1);
    make_file("f", 0, 0);
    fill_disk("large", "small");
    for (int n = 0; n <= 4; n++) {
        CHECK_EQ(truncate("spare", (4 - n) * BLOCK), 0);
        CHECK_EQ(disk_state().free_blocks, n);
        int fd = open("f", O_WRONLY);
        for (long at = 0; at <= 1044 * BLOCK; at += 522 * BLOCK) {
            int need = at == 0 ? 1 : at == 522 * BLOCK ? 2 : 3;

            CHECK_EQ(lseek(fd, at, SEEK_SET), at);
            int put = write(fd, bytes, BLOCK);
            CHECK(put == (n < need ? -1 : BLOCK));
            CHECK_EQ(disk_state().free_blocks, n < need ? n : n - need);
            CHECK_EQ(ftruncate(fd, 0), 0);
            CHECK_EQ(disk_state().free_blocks, n);
        }
        close(fd);
    }
    CHECK_EQ(unlink("large"), 0);
    CHECK_EQ(unlink("small"), 0);
    CHECK_EQ(unlink("spare"), 0);
    CHECK_EQ(unlink("f"), 0);
}

/* No inode is free. */
static void test_no_inodes(void)
{
    struct statfs before = disk_state();
    int n = 0;

    make_file("f", 10, 1);
    while (mknod(name_for(0, n), 2, 0) == 0) {
        n++;
    }
    CHECK_EQ(errno, ENOSPC);
    CHECK_EQ(n + 1, before.free_inodes);
    CHECK_ERROR(open("new", O_WRONLY | O_CREATE), ENOSPC);
    CHECK_ERROR(mkdir("new"), ENOSPC);
    CHECK_ERROR(symlink("f", "new"), ENOSPC);
    CHECK_EQ(link("f", "new"), 0); // a new name needs no inode
    CHECK_EQ(unlink("new"), 0);
    CHECK_EQ(unlink(name_for(0, 0)), 0);
    CHECK_EQ(mkdir("new"), 0);
    CHECK_EQ(rmdir("new"), 0);
    for (int i = 1; i < n; i++) {
        CHECK_EQ(unlink(name_for(0, i)), 0);
    }
    CHECK_EQ(unlink("f"), 0);
}

/* ---- memory ----------------------------------------------------------- */

/* The maximum number of pages that sbrk promises now. */
static long most_pages(void)
{
    long most = 0;

    for (long step = 1L << 24; step > 0; step /= 2) {
        intptr_t bytes = (most + step) * (intptr_t)PGSIZE;

        if (sbrk(bytes) != SBRK_ERROR) {
            CHECK(sbrk(-bytes) != SBRK_ERROR);
            most += step;
        }
    }
    return most;
}

/* Run that many processes at once, or as many as possible, and end them. */
static void come_and_go(int processes)
{
    int fds[2];
    int n = 0;

    CHECK_EQ(pipe(fds), 0);
    for (int pid; n < processes && (pid = fork()) >= 0; n++) {
        if (pid == 0) {
            char c;
            close(fds[1]);
            exit(read(fds[0], &c, 1));
        }
    }
    CHECK(n == processes || errno == ENOMEM); // in 32 MiB
    close(fds[1]);
    reap_all(n);
    close(fds[0]);
}

/* After many processes have ended, none of their memory is missing: the kernel
   can promise as much as before.  Two things remain: page tables of the kernel
   stack area, one for 128 processes; and what fork has promised this process
   for copies, four pages in each of a few areas.  How many of these it has
   copied depends on how fast children end. */
static void test_many_processes(void)
{
    const int promised = 4 * 4;

    come_and_go(2); // copies pages of this process that fork has shared
    long before = most_pages();

    come_and_go(100);
    CHECK(most_pages() + promised >= before);
    come_and_go(600);
    CHECK(most_pages() + promised + 600 / 128 + 1 >= before);
}

/* ---- memory that fork shares --------------------------------------------- */

static char *shared;
static long shared_pages;

/* Use two thirds of what can be promised, and store its number in each page. */
static void have_two_thirds(void)
{
    shared_pages = most_pages() * 2 / 3;
    shared = sbrk(shared_pages * PGSIZE);
    CHECK(shared != SBRK_ERROR);
    for (long i = 0; i < shared_pages; i++) {
        *(long *)(shared + i * PGSIZE) = i;
    }
}

static void look_at_shared(long unused)
{
    (void)unused;
    for (long i = 0; i < shared_pages; i++) {
        CHECK_EQ(*(long *)(shared + i * PGSIZE), i);
    }
}

/* Write to some pages, each of which is copied. */
static void write_some(long count)
{
    for (long i = 0; i < count; i++) {
        *(long *)(shared + i * PGSIZE) = -i;
    }
    for (long i = 0; i < shared_pages; i++) {
        CHECK_EQ(*(long *)(shared + i * PGSIZE), i < count ? -i : i);
    }
}

/* A program that uses two thirds of memory forks: shared pages count once, and
   are charged when they are copied. */
static void test_fork_shares(void)
{
    have_two_thirds();
    if (is_strict()) {
        CHECK_ERROR(fork(), ENOMEM);
        return;
    }
    for (int i = 0; i < 3; i++) {
        expect_pass(look_at_shared, 0);
        expect_pass(write_some, shared_pages / 4);
    }
    look_at_shared(0);
}

/* Two generations, each of which writes to a part. */
static void write_and_fork(long count)
{
    expect_pass(write_some, count);
    write_some(count);
}

static void test_fork_generations(void)
{
    if (is_strict()) {
        return;
    }
    have_two_thirds();
    expect_pass(write_and_fork, shared_pages / 8);
    look_at_shared(0);
}

/* A process that copies more than is left unpromised is ended, and no other
   process: their memory, and what they were promised, is still there. */
static void test_fork_copies_too_much(void)
{
    if (is_strict()) {
        return;
    }
    have_two_thirds();
    long promised = most_pages() / 2;
    char *more = sbrk(promised * PGSIZE);
    CHECK(more != SBRK_ERROR);
    for (int i = 0; i < 2; i++) {
        expect_killed(write_some, promised * 3 / 2); // free, but promised
    }
    for (long i = 0; i < promised; i++) {
        more[i * PGSIZE] = 1;
    }
    look_at_shared(0);
    expect_pass(look_at_shared, 0);
}

/* When a parent ends, its pages belong to its child and still count. */
static void test_fork_outlives(void)
{
    long most = most_pages();
    int fds[2];

    CHECK_EQ(pipe(fds), 0);
    if (is_strict()) {
        return;
    }
    int parent = fork();
    CHECK(parent >= 0);
    if (parent == 0) {
        char c;

        have_two_thirds();
        int child = fork();
        CHECK(child >= 0);
        if (child > 0) {
            exit(0);
        }
        close(fds[1]);
        read(fds[0], &c, 1); // until the test is over
        exit(0);
    }
    CHECK_EQ(reap(parent), 0);
    CHECK(most_pages() < most / 2);
    close(fds[1]);
}

const struct test shortage_tests[] = {
    {"no_descriptors", test_no_descriptors, false},
    {"no_blocks", test_no_blocks, false},
    {"few_blocks", test_few_blocks, false},
    {"no_inodes", test_no_inodes, false},
    {"many_processes", test_many_processes, false},
    {"fork_shares", test_fork_shares, false},
    {"fork_outlives", test_fork_outlives, false},
    {"fork_generations", test_fork_generations, true},
    {"fork_copies_too_much", test_fork_copies_too_much, true},
    {NULL, NULL, false},
};
