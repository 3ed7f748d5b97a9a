// sources: kernel/lib/str.c
// flags: -include tests/host/rename_str.h
#include "check.h"

#include "lib/str.h"

/*
 * lib/str: every function compared with a byte-by-byte model, at every
 * alignment, with guard bytes around; the sanitizers check the ends of heap
 * blocks.
 */

#define SIZE 400

static unsigned char area[SIZE], model[SIZE];

static void fill_areas(void)
{
    for (int i = 0; i < SIZE; i++) {
        area[i] = model[i] = (unsigned char)check_random();
    }
}

static bool areas_agree(void)
{
    for (int i = 0; i < SIZE; i++) {
        if (area[i] != model[i]) {
            return false;
        }
    }
    return true;
}

static int sign(int n)
{
    return (n > 0) - (n < 0);
}

static void test_memset(void)
{
    for (size_t start = 0; start < 9; start++) {
        for (size_t n = 0; n < 200; n++) {
            int byte = (int)check_random();
            fill_areas();
            CHECK(memset(area + start, byte, n) == area + start);
            for (size_t i = 0; i < n; i++) {
                model[start + i] = (unsigned char)byte;
            }
            CHECK(areas_agree());
        }
    }
}

static void test_memcpy(void)
{
    unsigned char source[SIZE];
    for (size_t to = 0; to < 9; to++) {
        for (size_t from = 0; from < 9; from++) {
            for (size_t n = 0; n < 200; n++) {
                fill_areas();
                for (size_t i = 0; i < n; i++) {
                    source[from + i] = (unsigned char)check_random();
                    model[to + i] = source[from + i];
                }
                CHECK(memcpy(area + to, source + from, n) == area + to);
                CHECK(areas_agree());
            }
        }
    }
}

static void move_once(size_t to, size_t from, size_t n)
{
    unsigned char copy[SIZE];
    fill_areas();
    for (size_t i = 0; i < n; i++) {
        copy[i] = area[from + i];
    }
    for (size_t i = 0; i < n; i++) {
        model[to + i] = copy[i];
    }
    CHECK(memmove(area + to, area + from, n) == area + to);
    CHECK(areas_agree());
}

static void test_memmove_overlapping(void)
{
    for (size_t to = 0; to < 24; to++) {
        for (size_t from = 0; from < 24; from++) {
            for (size_t n = 0; n < 180; n += 1 + n / 16) {
                move_once(to, from, n);
            }
        }
    }
    for (int i = 0; i < 20000; i++) {
        size_t n = check_random_below(SIZE / 2);
        move_once(check_random_below(SIZE - n), check_random_below(SIZE - n),
                  n);
    }
}

/* Blocks of exactly the requested length, so that the sanitizer detects an
   access past the end.  Copies between different alignments may read around,
   but not write. */
static void test_exact_blocks(void)
{
    for (size_t n = 1; n < 150; n++) {
        unsigned char *a = malloc(n);
        unsigned char *b = malloc(n);
        memset(a, 7, n);
        memcpy(b, a, n);
        memmove(a, b, n);
        CHECK(memcmp(a, b, n) == 0);
        CHECK(memchr(a, 8, n) == NULL);
        CHECK(strnlen((char *)a, n) == n);
        free(a);
        free(b);
    }
}

static void test_memcmp(void)
{
    for (size_t start = 0; start < 9; start++) {
        for (size_t n = 1; n < 70; n++) {
            fill_areas();
            CHECK_EQ(memcmp(area + start, model + start, n), 0);
            size_t at = check_random_below(n);
            area[start + at] ^= (unsigned char)(1 << check_random_below(8));
            int expected = area[start + at] < model[start + at] ? -1 : 1;
            CHECK_EQ(sign(memcmp(area + start, model + start, n)), expected);
            CHECK_EQ(sign(memcmp(model + start, area + start, n)), -expected);
            CHECK_EQ(memcmp(area + start, model + start, at), 0);
        }
    }
    CHECK_EQ(memcmp("x", "y", 0), 0);
    CHECK_EQ(sign(memcmp("\x80", "\x01", 1)), 1);
}

static void test_strings(void)
{
    const char *text = "tether";
    CHECK_EQ(strlen(""), 0);
    CHECK_EQ(strlen(text), 6);
    CHECK_EQ(strnlen(text, 3), 3);
    CHECK_EQ(strnlen(text, 9), 6);
    CHECK_EQ(strcmp("", ""), 0);
    CHECK_EQ(sign(strcmp("a", "ab")), -1);
    CHECK_EQ(sign(strcmp("b", "ab")), 1);
    CHECK_EQ(sign(strcmp("\xff", "a")), 1);
    CHECK_EQ(strncmp("abc", "abd", 2), 0);
    CHECK_EQ(sign(strncmp("abc", "abd", 3)), -1);
    CHECK_EQ(strncmp("a", "a", 9), 0);
    CHECK_EQ(strncmp("a", "b", 0), 0);
    CHECK(strchr(text, 't') == text);
    CHECK(strchr(text, 'r') == text + 5);
    CHECK(strchr(text, '\0') == text + 6);
    CHECK(strchr(text, 'x') == NULL);
    CHECK(memchr(text, 'h', 6) == text + 3);
    CHECK(memchr(text, 'h', 3) == NULL);
}

static void test_str_copy(void)
{
    char dst[4] = "???";
    CHECK_EQ(str_copy(dst, "ab", sizeof(dst)), 2);
    CHECK(strcmp(dst, "ab") == 0);
    CHECK_EQ(str_copy(dst, "abcdef", sizeof(dst)), 6);
    CHECK(strcmp(dst, "abc") == 0);
    CHECK_EQ(str_copy(dst, "xyz", 1), 3);
    CHECK(dst[0] == '\0' && dst[1] == 'b');
    CHECK_EQ(str_copy(dst, "xyz", 0), 3);
    CHECK(dst[1] == 'b');
}

static void check_number(const char *text, bool good, uint64_t value)
{
    uint64_t out = 77;
    CHECK(str_to_u64(text, &out) == good);
    CHECK_EQ(out, good ? value : 77);
}

static void test_str_to_u64(void)
{
    check_number("0", true, 0);
    check_number("007", true, 7);
    check_number("0x0", true, 0);
    check_number("0xfFaB", true, 0xffab);
    check_number("18446744073709551615", true, UINT64_MAX);
    check_number("0xffffffffffffffff", true, UINT64_MAX);
    check_number("18446744073709551616", false, 0);
    check_number("99999999999999999999", false, 0);
    check_number("0x10000000000000000", false, 0);
    const char *bad[] = {"",   "0x",  "x",  "-1",   "+1",    " 1", "1 ",
                         "1a", "0xg", "1.", "\xb1", "0x0x1", "1\n"};
    for (size_t i = 0; i < ARRAY_LENGTH(bad); i++) {
        check_number(bad[i], false, 0);
    }
}

int main(int argc, char **argv)
{
    check_begin(argc, argv);
    RUN(test_memset);
    RUN(test_memcpy);
    RUN(test_memmove_overlapping);
    RUN(test_exact_blocks);
    RUN(test_memcmp);
    RUN(test_strings);
    RUN(test_str_copy);
    RUN(test_str_to_u64);
    return check_end();
}
