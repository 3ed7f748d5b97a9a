// sources: user/lib/number.c
// flags: -I. -Dstrtol=tether_strtol -Datoi=tether_atoi
// flags: -Wno-builtin-declaration-mismatch
#include "check.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

/*
 * user/lib/number: fixed cases, then random texts in every base, compared with
 * the C library.
 */

#undef strtol
#undef atoi
extern long strtol(const char *restrict, char **restrict, int);
long tether_strtol(const char *s, char **end, int base);
int tether_atoi(const char *s);
extern int syscall_errno;
int syscall_errno;

/* Parse with both, from a heap block that ends with the text. */
static void same(const char *text, int base)
{
    size_t size = strlen(text) + 1;
    char *copy = memcpy(malloc(size), text, size);
    char *end = NULL;
    char *their_end = NULL;
    errno = syscall_errno = 0;
    long value = tether_strtol(copy, &end, base);
    long theirs = strtol(copy, &their_end, base);
    if (base < 0 || base == 1 || base > 36) {
        // The C library leaves *end alone; gcc 14's address sanitizer does not.
        their_end = copy;
    }
    bool agree = value == theirs && end == their_end && syscall_errno == errno;
    if (!agree) {
        printf("\"%s\", base %d: %ld %d, expected %ld %d\n", text, base, value,
               syscall_errno, theirs, errno);
    }
    CHECK(agree);
    CHECK_EQ(tether_strtol(copy, NULL, base), theirs);
    free(copy);
}

static void test_fixed(void)
{
    static const char *const texts[] = {"",
                                        " ",
                                        "-",
                                        "+",
                                        "0",
                                        "-0",
                                        "00",
                                        "0x",
                                        "0X1f",
                                        "0xg",
                                        "-0x1F",
                                        "x1",
                                        "08",
                                        "077",
                                        "0b1",
                                        "+-1",
                                        "- 1",
                                        " \t\n\v\f\r7",
                                        "1 2",
                                        "zz",
                                        "Zz9",
                                        "9z",
                                        "\x80",
                                        "1\x80",
                                        "9223372036854775807",
                                        "9223372036854775808",
                                        "-9223372036854775808",
                                        "-9223372036854775809",
                                        "99999999999999999999999999",
                                        "-7fffffffffffffff"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        for (int base = -2; base <= 40; base++) {
            same(texts[i], base);
        }
        same(texts[i], INT_MAX);
        same(texts[i], INT_MIN);
    }
}

static void test_random(void)
{
    static const char letters[] = " +-00112789afgxXzZ";
    for (int i = 0; i < 200000; i++) {
        char text[32];
        size_t length = check_random_below(sizeof(text) - 1);
        for (size_t at = 0; at < length; at++) {
            text[at] = letters[check_random_below(sizeof(letters) - 1)];
        }
        text[length] = '\0';
        same(text, (int)check_random_below(38));
    }
}

static void test_atoi(void)
{
    CHECK_EQ(tether_atoi(" -12x"), -12);
    CHECK_EQ(tether_atoi("x"), 0);
    CHECK_EQ(tether_atoi("2147483647"), INT_MAX);
    CHECK_EQ(tether_atoi("-2147483648"), INT_MIN);
}

int main(int argc, char **argv)
{
    check_begin(argc, argv);
    RUN(test_fixed);
    RUN(test_random);
    RUN(test_atoi);
    return check_end();
}
