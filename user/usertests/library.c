/*
 * The C library, and the exit statuses of the shell.
 */
#include "usertests.h"

/* Compare a formatted text with the expected text. */
#define CHECK_FORMAT(want, ...)                                                \
    do {                                                                       \
        char text[128];                                                        \
        CHECK_EQ(snprintf(text, sizeof(text), __VA_ARGS__), strlen(want));     \
        CHECK(strcmp(text, want) == 0);                                        \
    } while (0)

/* Every conversion, with extreme values. */
static void test_format(void)
{
    char small[4];

    CHECK_FORMAT("-5 7 ff FF 17", "%d %u %x %X %o", -5, 7, 255, 255, 15);
    CHECK_FORMAT("[   42] [42   ] [00042]", "[%5d] [%-5d] [%05d]", 42, 42, 42);
    CHECK_FORMAT("a bc %", "%c %s %%", 'a', "bc");
    CHECK_FORMAT("-9223372036854775808", "%ld", INT64_MIN);
    CHECK_FORMAT("18446744073709551615", "%lu", UINT64_MAX);
    CHECK_FORMAT("abc|  abc|abc  |ab", "%s|%5s|%-5s|%.2s", "abc", "abc", "abc",
                 "abc");
    CHECK_FORMAT("0xffffffffffffffff", "%#lx", UINT64_MAX);
    CHECK_FORMAT("07 0 |010|+5| 5|-1", "%#o %#o |%#.2o|%+d|% d|%hd", 7, 0, 8, 5,
                 5, (short)0x1ffff);
    CHECK_EQ(snprintf(small, sizeof(small), "%s", "longer"), 6);
    CHECK(strcmp(small, "lon") == 0);
}

/* A short line is one write: the other end of a pipe gets it in one read. */
static void test_printf(void)
{
    char text[1024];
    int fds[2];

    CHECK_EQ(pipe(fds), 0);
    CHECK_EQ(fprintf(fds[1], "%s %d\n", "line", 1), 7);
    CHECK_EQ(read(fds[0], text, sizeof(text)), 7);
    CHECK_EQ(fprintf(fds[1], "%800d", 1), 800);
    CHECK_EQ(read_fully(fds[0], text, 800), 800);
    close(fds[0]);
    CHECK_ERROR(fprintf(fds[1], "x"), EPIPE);
}

/* String and memory functions: edge cases. */
static void test_strings(void)
{
    char text[16];

    CHECK(strcpy(text, "abc") == text);
    CHECK_EQ(strlen(text), 3);
    CHECK(strcmp(text, "abd") < 0);
    CHECK(strcmp(text, "ab") > 0);
    CHECK(strcmp("\x80", "\x7f") > 0);
    CHECK(strncmp(text, "abd", 2) == 0);
    CHECK(strchr(text, 'c') == text + 2);
    CHECK(strchr(text, '\0') == text + 3);
    CHECK(strchr(text, 'z') == NULL);
    CHECK(strrchr("a/b/c", '/')[1] == 'c');
    memmove(text + 1, text, 3);
    CHECK(memcmp(text, "aabc", 4) == 0);
    memmove(text, text + 1, 3);
    CHECK(memcmp(text, "abcc", 4) == 0);
    memmove(text, text + 1, 0);
    CHECK(memcmp(text, "abcc", 4) == 0);
}

/* Numbers in all bases, at the limits of the type. */
static void test_numbers(void)
{
    char *end;

    CHECK_EQ(atoi("123abc"), 123);
    CHECK_EQ(atoi("-7"), -7);
    CHECK_EQ(atoi("x"), 0);
    CHECK_EQ(strtol(" +0x1Fg", &end, 0), 31);
    CHECK_EQ(*end, 'g');
    CHECK_EQ(strtol("077", NULL, 0), 63);
    CHECK_EQ(strtol("0x", &end, 16), 0);
    CHECK_EQ(*end, 'x');
    CHECK_EQ(strtol("9223372036854775807", NULL, 10), INT64_MAX);
    CHECK_EQ(strtol("-9223372036854775808", NULL, 10), INT64_MIN);
    errno = 0;
    CHECK_EQ(strtol("9223372036854775808", NULL, 10), INT64_MAX);
    CHECK_EQ(errno, ERANGE);
    CHECK_EQ(strtol("zz", NULL, 36), 35 * 36 + 35);
    CHECK_EQ(strtol("zz", &end, 37), 0);
    CHECK_EQ(errno, EINVAL);
    CHECK_EQ(*end, 'z');
}

/* Lines, a line longer than the buffer, and the end of input. */
static void test_gets(void)
{
    char line[8];
    int saved = dup(0);
    int fds[2];

    CHECK_EQ(pipe(fds), 0);
    CHECK_EQ(write(fds[1], "one\nlonger line\n", 16), 16);
    close(fds[1]);
    dup2(fds[0], 0);
    CHECK(strcmp(gets(line, sizeof(line)), "one\n") == 0);
    CHECK(strcmp(gets(line, sizeof(line)), "longer ") == 0);
    CHECK(strcmp(gets(line, sizeof(line)), "line\n") == 0);
    CHECK_EQ(gets(line, sizeof(line))[0], '\0');
    dup2(saved, 0);
}

/* Check what perror prints for EIO. */
static void check_perror(const char *what, const char *want)
{
    char text[100] = "";
    int saved = dup(2);
    int fds[2];

    CHECK_EQ(pipe(fds), 0);
    dup2(fds[1], 2);
    errno = EIO;
    perror(what);
    dup2(saved, 2);
    close(fds[1]);
    read_fully(fds[0], text, sizeof(text) - 1);
    CHECK_EQ(strcmp(text, want), 0);
    close(fds[0]);
    close(saved);
}

/* Every error has a different text. */
static void test_strerror(void)
{
    check_perror("what", "what: input/output error\n");
    check_perror("", "input/output error\n");
    check_perror(NULL, "input/output error\n");
    CHECK(strcmp(strerror(ENOENT), "no such file or directory") == 0);
    CHECK(strcmp(strerror(EROFS), "read-only file system") == 0);
    CHECK(strcmp(strerror(12345), strerror(-1)) == 0);
}

/* Blocks do not overlap and keep their contents, in any order of calls. */
static void test_malloc(void)
{
    enum { BLOCKS = 100 };
    static struct {
        unsigned char *at;
        size_t size;
    } blocks[BLOCKS];

    for (uint32_t round = 0; round < 5000; round++) {
        uint32_t i = test_random(BLOCKS);
        size_t size = test_random(test_random(4) == 0 ? 20000 : 200);

        if (blocks[i].at == NULL) {
            blocks[i].at = malloc(size);
        } else if (test_random(2) == 0) {
            size_t less = size < blocks[i].size ? size : blocks[i].size;

            blocks[i].at = realloc(blocks[i].at, size);
            CHECK(pattern_holds(blocks[i].at, less, i));
        } else {
            CHECK(pattern_holds(blocks[i].at, blocks[i].size, i));
            free(blocks[i].at);
            blocks[i].at = NULL;
            continue;
        }
        CHECK(blocks[i].at != NULL);
        CHECK_EQ((uintptr_t)blocks[i].at % 16, 0);
        blocks[i].size = size;
        pattern_fill(blocks[i].at, size, i);
    }
}

/* Impossible sizes (the last is 16 in 32 bits): NULL, and the heap still
   works. */
static void test_malloc_errors(void)
{
    static const size_t sizes[] = {
        SIZE_MAX,  SIZE_MAX - 16, SIZE_MAX / 2,     1UL << 62,
        1UL << 40, 1UL << 38,     (1UL << 36) + 16,
    };
    unsigned char *small = malloc(10);

    pattern_fill(small, 10, 1);
    for (size_t i = 0; i < LENGTH(sizes); i++) {
        // volatile, because a compiler that knows malloc would reject the
        // constant
        volatile size_t size = sizes[i];

        CHECK(malloc(size) == NULL);
        CHECK_EQ(errno, ENOMEM);
        CHECK(realloc(small, size) == NULL);
        CHECK(calloc(size, 2) == NULL);
        CHECK(calloc(2, size) == NULL);
    }
    CHECK(pattern_holds(small, 10, 1));
    free(small);
    free(NULL);
    CHECK(malloc(0) != NULL);
}

/* Free a block twice. */
static void free_twice(long unused)
{
    char *block = malloc(100);
    char *volatile again = block;

    (void)unused;
    malloc(100); // prevents merging
    free(block);
    free(again);
}

/* A double free is detected. */
static void test_free_twice(void)
{
    int saved = dup(2);

    dup2(open("/null", O_WRONLY), 2);
    int status = reap(spawn(free_twice, 0));
    dup2(saved, 2);
    CHECK_EQ(status, -1);
}

/* Compare only the lowest bytes, so that many numbers are equal. */
static int compare_bytes(const void *a, const void *b)
{
    const uint32_t *number = a;
    const uint32_t *other = b;

    return (int)(*number & 0xff) - (int)(*other & 0xff);
}

/* Sort arrays of every small length, and a large one; all elements must
   remain. */
static void test_sort(void)
{
    enum { MOST = 5000 };
    uint32_t *list = test_buffer(MOST * sizeof(*list));

    for (int n = 0; n <= MOST; n = n < 40 ? n + 1 : n + MOST - 40) {
        uint32_t sum = 0;

        for (int i = 0; i < n; i++) {
            list[i] = test_random(1 << 20);
            sum += list[i];
        }
        qsort(list, (size_t)n, sizeof(*list), compare_bytes);
        for (int i = 0; i < n; i++) {
            sum -= list[i];
            CHECK(i == 0 || compare_bytes(&list[i - 1], &list[i]) <= 0);
        }
        CHECK_EQ(sum, 0);
    }
    free(list);
}

/* The results of getopt for a command line, as text: letters, `=` and the
   value, and finally the number of operands. */
static const char *options_of(char *const argv[], int argc)
{
    static char text[64];
    size_t n = 0;
    int c;

    optind = 1;
    while ((c = getopt(argc, argv, "abv:")) != -1) {
        n += (size_t)snprintf(text + n, sizeof(text) - n, "%c%s%s ", c,
                              c == 'v' ? "=" : "", c == 'v' ? optarg : "");
    }
    snprintf(text + n, sizeof(text) - n, "%d", argc - optind);
    return text;
}

/* Options follow POSIX. */
static void test_options(void)
{
    static const struct {
        const char *argv[6];
        const char *found;
    } lines[] = {
        {{"x"}, "0"},
        {{"x", "one", "-a"}, "2"},
        {{"x", "-a", "-b", "one"}, "a b 1"},
        {{"x", "-ab", "-vone", "two"}, "a b v=one 1"},
        {{"x", "-av", "-b", "two"}, "a v=-b 1"},
        {{"x", "-a", "--", "-b"}, "a 1"},
        {{"x", "-", "-a"}, "2"},
        {{"x", "-z", "-a"}, "? a 0"},
        {{"x", "-:"}, "? 0"},
        {{"x", "-v"}, "? 0"},
    };
    int saved = dup(2);

    dup2(open("/null", O_WRONLY), 2);
    for (size_t i = 0; i < LENGTH(lines); i++) {
        int argc = 0;

        while (lines[i].argv[argc] != NULL) {
            argc++;
        }
        const char *found = options_of((char *const *)lines[i].argv, argc);
        CHECK(strcmp(found, lines[i].found) == 0);
    }
    dup2(saved, 2);
}

/* The status of a shell command; its output is discarded. */
static int shell(const char *command)
{
    char text[256];
    char name[] = "/sh";
    char option[] = "-c";
    char *argv[] = {name, option, text, NULL};

    strcpy(text, command);
    int pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        int null = open("/null", O_RDWR);

        dup2(null, 1);
        dup2(null, 2);
        exec(name, argv);
        exit(99);
    }
    return reap(pid);
}

/* Statuses of commands; invalid lines are refused. */
static void test_shell(void)
{
    static const struct {
        const char *command;
        int status;
    } lines[] = {
        {"", 0},
        {"true", 0},
        {"false", 1},
        {"exit 7", 7},
        {"true; false", 1},
        {"false; true", 0},
        {"true && exit 3", 3},
        {"false && exit 3", 1},
        {"false || exit 4", 4},
        {"true || exit 4 && exit 5", 5},
        {"(exit 6)", 6},
        {"(exit 6); true", 0},
        {"false | true", 0},
        {"true | false", 1},
        {"cat /README | grep Tether | wc > /null", 0},
        {"echo a b | grep '^a b$'", 0},
        {"echo \"a  b\" | grep '^a  b$'", 0},
        {"echo a\\ b'c'\"d\" | grep '^a bcd$'", 0},
        {"echo x#y # comment | false", 0},
        {"grep x < /null", 1},
        {"cat < /missing", 1},
        {"echo x > /new && grep '^x$' /new && rm /new", 0},
        {"echo x > /new; echo y >> /new; wc /new | grep 2; rm /new", 0},
        {"cat /missing 2> /new; grep missing < /new && rm /new", 0},
        {"echo x > /missing/new", 1},
        {"mkdir /new && echo x > /new/a && cp /new/a /new/b && cat /new/b | "
         "grep '^x$' && rm -r /new",
         0},
        {"mkdir /new && touch /new/a /new/b && mv /new/a /new/c && mkdir "
         "/new/d && mv /new/b /new/c /new/d && rm /new/d/b /new/d/c && rmdir "
         "/new/d /new",
         0},
        {"echo x | tee /new | grep x && echo y | tee -a /new > /null && wc "
         "/new | grep '2 *2 *4' && rm /new",
         0},
        {"ln -s /README /new && cat /new | grep Tether > /null && rm /new", 0},
        {"dd if=/zero of=/new bs=1000 count=5 2> /null && wc /new | grep 5000 "
         "&& rm /new",
         0},
        {"dd bs=0", 2},
        {"df | grep KiB", 0},
        {"sync", 0},
        {"cp /missing /new", 1},
        {"cp / /new", 1},
        {"cp /README /README", 1},
        {"mv /missing /new", 1},
        {"rmdir /README", 1},
        {"rm /missing", 1},
        {"rm", 2},
        {"cd /missing", 1},
        {"cd / && cat README > /null", 0},
        {"missing", 127},
        {"/sh/", 126},
        {"/null", 126},
        {"dd if=/zero of=/new bs=9 count=1 && /new", 126},
        {"rm /new; sh /missing", 127},
        {"sh /", 126},
        {"echo exit 8 > /new && /new", 8},
        {"echo 'exit $1' > /new && new 9 7", 9},
        {"echo 'false; exit $?$#' > /new && sh new 9 7", 12},
        {"rm /new; sh -c 'exit $1$2' a 4 5", 45},
        {"sh -z", 2},
        {"(", 2},
        {"true |", 2},
        {"| true", 2},
        {"true;; true", 2},
        {"echo 'x", 2},
        {"echo >", 2},
        {"(true) true", 2},
        {"kill abc", 1},
        {"kill -s abc 1", 2},
        {"kill -9", 2},
        {"sleep 100 & kill -9 %1; wait %1", -1},
        {"sleep 100 & kill -TERM %1; wait %1", -1},
        {"sleep 100 & kill -s INT %1; wait %1", -1},
        {"sleep 100 & kill -- %1; wait", 0},
        {"sleep 100 & kill %1; wait %1", -1},
        {"exit 3 & wait %1", 3},
        {"false; exit $?", 1},
        {"(exit 9) || exit $?", 9},
        {"cat /missing 2>&1 | grep 'no such file'", 0},
    };

    for (size_t i = 0; i < LENGTH(lines); i++) {
        int status = shell(lines[i].command);

        if (status != lines[i].status) {
            printf("    %s: status %d, not %d\n", lines[i].command, status,
                   lines[i].status);
            exit(1);
        }
    }
}

const struct test library_tests[] = {
    {"format", test_format, false},
    {"printf", test_printf, false},
    {"strings", test_strings, false},
    {"numbers", test_numbers, false},
    {"gets", test_gets, false},
    {"strerror", test_strerror, false},
    {"malloc", test_malloc, false},
    {"malloc_errors", test_malloc_errors, false},
    {"free_twice", test_free_twice, false},
    {"sort", test_sort, false},
    {"options", test_options, false},
    {"shell", test_shell, false},
    {NULL, NULL, false},
};
