// sources: kernel/lib/fmt.c kernel/lib/str.c
// flags: -include tests/host/rename_str.h
#include "check.h"

/* The C library's own functions, to compare with. */
#undef snprintf
#undef vsnprintf
extern int vsnprintf(char *restrict, size_t, const char *restrict, va_list);
static int (*const libc_vsnprintf)(char *, size_t, const char *,
                                   va_list) = vsnprintf;
#define snprintf  tether_snprintf
#define vsnprintf tether_vsnprintf

#include "lib/fmt.h"
#include "lib/str.h"

/*
 * lib/fmt: fixed cases, then random formats and values, compared with the C
 * library.
 */

#define SIZE 256

/* Format with both and compare texts and lengths, also with truncation. */
static void same(const char *format, ...)
{
    char ours[SIZE], theirs[SIZE];
    size_t size = check_random_below(2) == 0 ? SIZE : check_random_below(20);
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    ours[0] = theirs[0] = '\0';
    int n = vsnprintf(ours, size, format, args);
    int m = libc_vsnprintf(theirs, size, format, again);
    va_end(again);
    va_end(args);
    if (n != m || strcmp(ours, theirs) != 0) {
        printf("format \"%s\": \"%s\", expected \"%s\"\n", format, ours,
               theirs);
    }
    CHECK_EQ(n, m);
    CHECK(strcmp(ours, theirs) == 0);
}

static void test_fixed(void)
{
    char text[SIZE];
    same("");
    same("plain");
    same("100%%");
    same("%d %i %u", -5, 7, 9u);
    same("%c%c", 'a', 'b');
    same("%5c|%-5c|", 'a', 'b');
    same("%s|%8s|%-8s|%.2s|%8.2s|%.0s", "abc", "abc", "abc", "abc", "abc",
         "abc");
    same("%*d|%-*d|%*d", 6, 42, 6, 42, -6, 42);
    same("%.*d|%.*s", 4, 42, 2, "abc");
    same("%.*d|%.*s", -4, 42, -2, "abc");
    same("%p", (void *)0x1234abcd);
    same("%#o %#lo %#.0o|%.0o|%#6o|%-#6o|%#06o|%#.2o|%#.3o", 8, 8L, 0, 0, 8, 8,
         8, 8, 8);
    same("%+d % d %+d % d %+05d % 05d %+.0d|% -6d|%-+6d", 7, 7, -7, -7, 7, 7, 0,
         7, 7);
    same("%hd %hu %hx %hho %hhd %hhu", 0x18001, 0x18001, 0x18001, 0x1ff, 0x180,
         0x180);
    same("%jd %ju %jx %td", (intmax_t)-5, UINTMAX_MAX, (uintmax_t)255,
         (ptrdiff_t)-6);
    same("%zu %zd %zx", (size_t)1 << 40, (ssize_t)-3, (size_t)255);
    const char *volatile none = NULL;
    CHECK_EQ(snprintf(text, SIZE, "%s", none), 6);
    CHECK(strcmp(text, "(null)") == 0);
    CHECK_EQ(snprintf(NULL, 0, "%d", 12345), 5);
}

static void test_extremes(void)
{
    same("%d %d", INT32_MIN, INT32_MAX);
    same("%ld %ld", (long)INT64_MIN, (long)INT64_MAX);
    same("%lld %llu", (long long)INT64_MIN, (unsigned long long)UINT64_MAX);
    same("%lu %lx %lX %lo", UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX);
    same("%lo %030lo %.30lo", UINT64_MAX, UINT64_MAX, UINT64_MAX);
    same("%100d", 1);
    same("%.100d", 1);
    same("%-100d|", 1);
    same("%.0d|%.0x|%5.0d|%#x", 0, 0, 0, 0);
}

/* Formats that C leaves undefined must do no harm. */
static void test_malformed(void)
{
    char text[SIZE];
    const char *unknown = "%y";
    const char *cut[] = {"%", "abc%", "%5", "%-", "%.", "%l", "%#0-5.3l"};
    CHECK_EQ(snprintf(text, SIZE, unknown, 1), 2);
    CHECK(strcmp(text, "%y") == 0);
    for (size_t i = 0; i < ARRAY_LENGTH(cut); i++) {
        const char *format = cut[i];
        int n = snprintf(text, SIZE, format, 1);
        CHECK(n > 0 && text[n - 1] == '%');
    }
    const char *volatile huge = "%99999999999999999999d";
    CHECK(snprintf(text, SIZE, huge, 7) < 1000000);
    volatile int lowest = INT32_MIN;
    CHECK_EQ(snprintf(text, SIZE, "%*d", lowest, 7), 1);
}

/* A random conversion specification for `letter` with length modifier
   `size`. */
static void make_format(char *format, const char *size, char letter)
{
    char number[8];
    *format++ = '<';
    *format++ = '%';
    const char *flags = letter == 'd' ? "-0+ " : letter == 'u' ? "-0" : "-0#";
    for (; *flags != '\0'; flags++) {
        if (check_random_below(3) == 0) {
            *format++ = *flags;
        }
    }
    if (check_random_below(2) == 0) {
        snprintf(number, sizeof(number), "%u",
                 1 + (unsigned)check_random_below(40));
        format += str_copy(format, number, sizeof(number));
    }
    if (check_random_below(3) == 0) {
        snprintf(number, sizeof(number), ".%u",
                 (unsigned)check_random_below(30));
        format += str_copy(format, number, sizeof(number));
    }
    format += str_copy(format, size, 8);
    *format++ = letter;
    *format++ = '>';
    *format = '\0';
}

static void test_random(void)
{
    const char *sizes[] = {"", "h", "hh", "l", "ll", "z", "j", "t"};
    const char *letters = "dxXou";
    char format[64];
    for (int i = 0; i < 200000; i++) {
        const char *size = sizes[check_random_below(ARRAY_LENGTH(sizes))];
        char letter = letters[check_random_below(5)];
        uint64_t value = check_random() >> check_random_below(64);
        value = check_random_below(2) == 0 ? value : 0 - value;
        make_format(format, size, letter);
        if (*size == '\0' || *size == 'h') {
            same(format, (int)value);
        } else {
            same(format, (long)value);
        }
    }
}

static void test_buffer_ends(void)
{
    for (size_t size = 1; size < 12; size++) {
        char *text = malloc(size);
        CHECK_EQ(snprintf(text, size, "%s-%d", "abcde", 123), 9);
        CHECK_EQ(strlen(text), size <= 9 ? size - 1 : 9);
        free(text);
    }
}

int main(int argc, char **argv)
{
    check_begin(argc, argv);
    RUN(test_fixed);
    RUN(test_extremes);
    RUN(test_malformed);
    RUN(test_random);
    RUN(test_buffer_ends);
    return check_end();
}
