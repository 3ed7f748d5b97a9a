/*
 * exec: arguments arrive unchanged, and errors leave the process unchanged.
 */
#include "usertests.h"

enum { BLOCK = 4096 };

static char program_echo[] = "/echo";
static char program_true[] = "/bin/true";

/* Run a program with these arguments, and read its output into `output`;
   returns the length.  The program must succeed. */
static int run(char *const argv[], char *output, int size)
{
    int fds[2];

    CHECK_EQ(pipe(fds), 0);
    int pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        dup2(fds[1], 1);
        close(fds[0]);
        close(fds[1]);
        exec(argv[0], argv);
        exit(99);
    }
    close(fds[1]);
    int n = read_fully(fds[0], output, size);
    close(fds[0]);
    CHECK_EQ(reap(pid), 0);
    return n;
}

/* Words of all kinds arrive unchanged. */
static void test_exec_words(void)
{
    enum { OUTPUT = 16384, LARGE = 8000 };
    char *output = test_buffer(OUTPUT);
    char *large = test_buffer(LARGE);
    char *want = test_buffer(OUTPUT);
    char one[] = "one";
    char empty[] = "";
    char odd[] = " \t*?'\"\\\x01\xff$ ";
    char *argv[] = {program_echo, one, empty, odd, large, empty, one, NULL};

    memset(large, 'L', LARGE - 1);
    snprintf(want, OUTPUT, "%s %s %s %s %s %s\n", one, empty, odd, large, empty,
             one);
    int n = run(argv, output, OUTPUT);
    CHECK_EQ(n, strlen(want));
    CHECK(memcmp(output, want, (size_t)n) == 0);
}

/* The maximum number of words, and one more. */
static void test_exec_count(void)
{
    char *argv[MAXARG + 2] = {NULL};
    char output[4 * MAXARG];
    char word[] = "w";

    for (int i = 1; i < MAXARG; i++) {
        argv[i] = word;
    }
    argv[0] = program_echo;
    CHECK_EQ(run(argv, output, sizeof(output)), 2 * (MAXARG - 1));
    argv[MAXARG] = word;
    CHECK_ERROR(exec(argv[0], argv), E2BIG);
}

/* The maximum number of bytes, and one more. */
static void test_exec_bytes(void)
{
    enum { OUTPUT = ARGBYTES + 100 };
    char *large = test_buffer(ARGBYTES);
    char *output = test_buffer(OUTPUT);
    char *argv[] = {program_echo, large, NULL};
    size_t most = ARGBYTES - sizeof(program_echo);

    memset(large, 'x', ARGBYTES);
    large[most - 1] = '\0';
    CHECK_EQ(run(argv, output, OUTPUT), most);
    CHECK(memcmp(output, large, most - 1) == 0);
    large[most - 1] = 'x';
    large[most] = '\0';
    CHECK_ERROR(exec(argv[0], argv), E2BIG);
}

/* Programs that cannot be run; this one continues afterwards. */
static void test_exec_errors(void)
{
    char *argv[] = {program_true, NULL};
    static char name[NAMEMAX + 3];
    static char path[MAXPATH + 2];

    memset(name, 'n', NAMEMAX + 1);
    memset(path, '/', MAXPATH + 1);
    CHECK_ERROR(exec("/missing", argv), ENOENT);
    CHECK_ERROR(exec("", argv), ENOENT);
    CHECK_ERROR(exec("/README", argv), ENOEXEC);
    CHECK_ERROR(exec("/", argv), EACCES);
    CHECK_ERROR(exec("/console", argv), EACCES);
    CHECK_ERROR(exec("/README/true", argv), ENOTDIR);
    CHECK_ERROR(exec("/bin/true/", argv), ENOTDIR);
    CHECK_ERROR(exec(name, argv), ENAMETOOLONG);
    CHECK_ERROR(exec(path, argv), ENAMETOOLONG);
    exec(program_true, argv);
    exit(1);
}

/* No words, not even the name. */
static void test_exec_no_words(void)
{
    int pid = fork();

    if (pid == 0) {
        char *argv[] = {NULL};

        exec("/bin/true", argv);
        exit(1);
    }
    CHECK_EQ(reap(pid), 0);
}

/* The new program has the files of the old one, at their positions. */
static void test_exec_keeps(void)
{
    enum { MOST = 32768 };
    char *all = test_buffer(MOST);
    char *rest = test_buffer(MOST);
    char cat[] = "/cat";
    char *argv[] = {cat, NULL};
    int fd = open("/README", O_RDONLY);
    int saved = dup(0);
    int n = read_fully(fd, all, MOST);

    CHECK(n > 10);
    close(fd);
    CHECK_EQ(open("/README", O_RDONLY), fd);
    CHECK_EQ(read(fd, rest, 10), 10);
    dup2(fd, 0);
    int moved = run(argv, rest, MOST - 10);
    dup2(saved, 0);
    CHECK_EQ(moved, n - 10);
    CHECK(memcmp(all + 10, rest, (size_t)moved) == 0);
}

/* Start a program and wait for it, that many times. */
static void exec_often(long rounds)
{
    while (rounds-- > 0) {
        int pid = fork();

        if (pid == 0) {
            char *argv[] = {program_true, NULL};

            exec(program_true, argv);
            exit(1);
        }
        CHECK_EQ(reap(pid), 0);
    }
}

/* Start programs repeatedly, several at a time. */
static void test_exec_storm(void)
{
    for (int i = 0; i < 4; i++) {
        spawn(exec_often, 25);
    }
    reap_all(4);
}

/* Fail to exec repeatedly: nothing may be left behind. */
static void test_exec_fail_storm(void)
{
    char *argv[] = {program_true, NULL};

    for (int i = 0; i < 200; i++) {
        CHECK_ERROR(exec("/README", argv), ENOEXEC);
        CHECK_ERROR(exec("/missing", argv), ENOENT);
    }
}

/* Run /bin/sync by its name. */
static void run_sync(long unused)
{
    char *argv[] = {program_true, NULL};

    (void)unused;
    exec("sync", argv);
    exit(errno);
}

/* A program is found in the current directory, then in the root, then in
   /bin. */
static void test_exec_lookup(void)
{
    char *argv[] = {program_true, NULL};

    expect_pass(run_sync, 0);
    close(open("/sync", O_WRONLY | O_CREATE));
    CHECK_ERROR(exec("sync", argv), ENOEXEC);
    CHECK_EQ(mkdir("sync"), 0);
    CHECK_ERROR(exec("sync", argv), EACCES);
    CHECK_EQ(unlink("/sync"), 0);
    CHECK_EQ(rmdir("sync"), 0);
    expect_pass(run_sync, 0);
    CHECK_ERROR(exec("/sync", argv), ENOENT);
    CHECK_ERROR(exec("missing", argv), ENOENT);
}

/* Where a program's headers begin, and offsets in a header; see
   kernel/lib/elf.c. */
enum { HEADERS = 64, HEADER = 56, FLAGS = 4, MEMSZ = 40, RIGHTS_RWX = 7 };

/* Copy /bin/true, changing a number in the header of one segment. */
static void make_program(const char *name, int segment, int at, uint64_t value,
                         size_t n)
{
    enum { MOST = 256 * 1024 };
    char *bytes = test_buffer(MOST);
    int in = open(program_true, O_RDONLY);
    int size = read_fully(in, bytes, MOST);
    int out = open(name, O_WRONLY | O_CREATE | O_TRUNC);

    CHECK(size > 1000 && size < MOST);
    memcpy(bytes + HEADERS + segment * HEADER + at, &value, n);
    CHECK_EQ(write(out, bytes, size), size);
    close(in);
    close(out);
    free(bytes);
}

/* Fork and wait repeatedly: memory must not run out. */
static void fork_on(long fd)
{
    char c;

    while (read((int)fd, &c, 1) == 1) {
        int pid = fork();

        CHECK(pid >= 0);
        if (pid == 0) {
            exit(0);
        }
        CHECK_EQ(reap(pid), 0);
    }
}

/* A program that needs more memory than there is fails before it takes any, so
   no other process runs short.  A program with a writable and executable
   segment is rejected. */
static void test_exec_segments(void)
{
    char *argv[] = {program_true, NULL};
    int fds[2];

    CHECK_EQ(pipe(fds), 0);
    int pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        close(fds[1]);
        fork_on(fds[0]);
        exit(0);
    }
    close(fds[0]);
    for (int i = 0; i < 50; i++) {
        uint64_t size = 192UL << 30 >> i % 4; // at least 24 GiB

        make_program("huge", 2, MEMSZ, size, 8);
        CHECK_EQ(write(fds[1], "x", 1), 1);
        CHECK_ERROR(exec("huge", argv), ENOMEM);
    }
    close(fds[1]);
    CHECK_EQ(reap(pid), 0);
    make_program("huge", 2, MEMSZ, -1UL, 8);
    CHECK_ERROR(exec("huge", argv), ENOEXEC);
    for (int segment = 0; segment < 3; segment++) {
        make_program("both", segment, FLAGS, RIGHTS_RWX, 4);
        CHECK_ERROR(exec("both", argv), ENOEXEC);
    }
    CHECK_EQ(unlink("huge"), 0);
    CHECK_EQ(unlink("both"), 0);
}

/* Fork a process that was promised more than half of memory. */
static void test_fork_promise(void)
{
    intptr_t size = 1L << 40;

    while (size > (intptr_t)PGSIZE && sbrk(size) == SBRK_ERROR) {
        CHECK_EQ(errno, ENOMEM);
        size /= 2;
    }
    for (int i = 0; i < 3; i++) {
        if (is_strict()) {
            CHECK_ERROR(fork(), ENOMEM);
        } else {
            expect_pass(exec_often, 0);
        }
    }
    CHECK(sbrk(-size) != SBRK_ERROR);
    expect_pass(exec_often, 1);
}

/* ---- a program that is mapped to be written ------------------------------ */

static void exec_shared(long ignored)
{
    static char name[] = "./true";
    char *argv[] = {name, NULL};

    (void)ignored;
    exec(name, argv);
    CHECK_EQ(errno, ETXTBSY);
}

/* Make a private copy of a program, ./true. */
static void copy_true(void)
{
    static char bytes[4096];
    int n;

    int in = open("/bin/true", O_RDONLY);
    int out = open("true", O_WRONLY | O_CREATE);
    while ((n = read(in, bytes, sizeof(bytes))) > 0) {
        CHECK_EQ(write(out, bytes, n), n);
    }
    close(in);
    close(out);
}

/* Map its first page writable and shared. */
static unsigned char *share_true(void)
{
    int fd = open("true", O_RDWR);
    unsigned char *a =
        mmap(NULL, BLOCK, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

    CHECK(a != MAP_FAILED);
    close(fd);
    return a;
}

/* Try to run it, which fails, until it is removed. */
static void exec_shared_on(void)
{
    static char name[] = "./true";
    char *argv[] = {name, NULL};

    do {
        exec(name, argv);
    } while (errno == ETXTBSY);
    CHECK_EQ(errno, ENOENT);
    exit(0);
}

/* A failing exec does not disturb a mapping of its file. */
static void test_race_exec_shared(void)
{
    enum { ROUNDS = 40 };

    copy_true();
    volatile unsigned char *a = share_true();
    int fd = open("true", O_RDONLY);
    int pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        exec_shared_on();
    }
    for (int i = 0; i < ROUNDS; i++) {
        unsigned char byte = 0;

        a[BLOCK - 1] = (unsigned char)i;
        CHECK_EQ(msync((void *)a, BLOCK), 0);
        CHECK_EQ(lseek(fd, BLOCK - 1, SEEK_SET), BLOCK - 1);
        CHECK_EQ(read(fd, &byte, 1), 1);
        CHECK_EQ(byte, i % 256);
    }
    CHECK_EQ(unlink("true"), 0);
    CHECK_EQ(reap(pid), 0);
    CHECK_EQ(munmap((void *)a, BLOCK), 0);
    close(fd);
}

/* A program that is mapped writable cannot be run, and one that runs cannot be
   mapped writable. */
static void test_mmap_program(void)
{
    copy_true();
    unsigned char *a = share_true();
    expect_pass(exec_shared, 0);
    CHECK_EQ(munmap(a, BLOCK), 0);
    int fd = open("/usertests", O_RDWR); // the running program
    CHECK_ERROR(
        (long)mmap(NULL, BLOCK, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0),
        ETXTBSY);
    CHECK(mmap(NULL, BLOCK, PROT_READ, MAP_SHARED, fd, 0) != MAP_FAILED);
    close(fd);
    CHECK_EQ(unlink("true"), 0);
}

const struct test exec_tests[] = {
    {"exec_words", test_exec_words, false},
    {"exec_count", test_exec_count, false},
    {"exec_bytes", test_exec_bytes, false},
    {"exec_errors", test_exec_errors, false},
    {"exec_no_words", test_exec_no_words, false},
    {"exec_keeps", test_exec_keeps, false},
    {"exec_segments", test_exec_segments, false},
    {"fork_promise", test_fork_promise, false},
    {"exec_storm", test_exec_storm, false},
    {"exec_fail_storm", test_exec_fail_storm, false},
    {"exec_lookup", test_exec_lookup, false},
    {"mmap_program", test_mmap_program, false},
    {"race_exec_shared", test_race_exec_shared, false},
    {NULL, NULL, false},
};
