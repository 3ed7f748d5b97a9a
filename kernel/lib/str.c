#include "lib/str.h"

/*
 * Memory and string functions.
 *
 * Moving bytes is what a kernel does most, so memset, memcpy and memmove work
 * in 64-bit words, eight to a round, and long runs four rounds to a turn.  All
 * accesses are aligned, because a misaligned one may trap.  A copy whose ends
 * are aligned differently reads aligned words and shifts neighbours together;
 * such a read may touch bytes around the source, but only in a word that holds
 * bytes of the source, hence never on another page.
 *
 * A compiler may recognize such a loop and replace it by a call of the very
 * function that the loop implements.  gcc's switch against that is
 * -fno-tree-loop-distribute-patterns; clang does not do it to these loops.
 *
 * Pure: no locks, callable from everywhere; the host tests compile it too.
 */

typedef uint64_t __attribute__((may_alias)) word_t;

#define WORD  sizeof(word_t)
#define ROUND (8 * WORD)  // one round of words, all loaded before any is stored
#define LONG  (4 * ROUND) // bytes moved by one turn of the loop for long runs

static inline size_t misalignment(const void *at)
{
    return (uintptr_t)at % WORD;
}

/* Fill n bytes with a value; returns dst. */
void *memset(void *dst, int byte, size_t n)
{
    unsigned char *to = dst;
    word_t word = (unsigned char)byte * 0x0101010101010101UL;

    for (; n > 0 && misalignment(to) != 0; n--) {
        *to++ = (unsigned char)byte;
    }
    for (; n >= LONG; n -= LONG, to += LONG) {
#pragma GCC unroll 32
        for (size_t i = 0; i < LONG / WORD; i++) {
            ((word_t *)to)[i] = word;
        }
    }
    for (; n >= WORD; n -= WORD, to += WORD) {
        *(word_t *)to = word;
    }
    for (; n > 0; n--) {
        *to++ = (unsigned char)byte;
    }
    return dst;
}

/* Copy a round.  All loads come before the stores, so source and destination
   may overlap. */
static inline void copy_round(unsigned char *to, const unsigned char *from)
{
    word_t words[ROUND / WORD];
#pragma GCC unroll 8
    for (size_t i = 0; i < ROUND / WORD; i++) {
        words[i] = ((const word_t *)from)[i];
    }
#pragma GCC unroll 8
    for (size_t i = 0; i < ROUND / WORD; i++) {
        ((word_t *)to)[i] = words[i];
    }
}

/* Copy `words` words to an aligned place from a misaligned one. */
__attribute__((no_sanitize_address)) static void copy_shifted(
    word_t *to, const unsigned char *from, size_t words)
{
    size_t skew = misalignment(from);
    const word_t *source = (const word_t *)(from - skew);
    unsigned low = (unsigned)skew * 8;
    word_t word = *source++;

    for (size_t i = 0; i < words; i++) {
        word_t next = source[i];
        to[i] = word >> low | next << (64 - low);
        word = next;
    }
}

/*
 * Copy n bytes from the lowest address to the highest; returns dst.  Right also
 * for overlapping stretches when dst lies below src.
 */
static void *copy_upwards(void *dst, const void *src, size_t n)
{
    unsigned char *to = dst;
    const unsigned char *from = src;

    for (; n > 0 && misalignment(to) != 0; n--) {
        *to++ = *from++;
    }
    if (misalignment(from) == 0) {
        for (; n >= LONG; n -= LONG, to += LONG, from += LONG) {
#pragma GCC unroll 4
            for (size_t i = 0; i < LONG; i += ROUND) {
                copy_round(to + i, from + i);
            }
        }
        for (; n >= ROUND; n -= ROUND, to += ROUND, from += ROUND) {
            copy_round(to, from);
        }
        for (; n >= WORD; n -= WORD, to += WORD, from += WORD) {
            *(word_t *)to = *(const word_t *)from;
        }
    } else if (n >= WORD) {
        copy_shifted((word_t *)to, from, n / WORD);
        to += round_down(n, WORD);
        from += round_down(n, WORD);
        n %= WORD;
    }
    for (; n > 0; n--) {
        *to++ = *from++;
    }
    return dst;
}

/* Copy n bytes between stretches that do not overlap; returns dst. */
void *memcpy(void *restrict dst, const void *restrict src, size_t n)
{
    return copy_upwards(dst, src, n);
}

/* Copy n bytes between stretches that may overlap; returns dst.  Downwards,
   which is rare, one byte at a time. */
void *memmove(void *dst, const void *src, size_t n)
{
    if ((uintptr_t)dst - (uintptr_t)src >= n) {
        return copy_upwards(dst, src, n);
    }
    while (n > 0) {
        n--;
        ((unsigned char *)dst)[n] = ((const unsigned char *)src)[n];
    }
    return dst;
}

/* Compare n bytes as unsigned characters: <0, 0 or >0. */
int memcmp(const void *a, const void *b, size_t n)
{
    const unsigned char *p = a;
    const unsigned char *q = b;
    for (size_t i = 0; i < n; i++) {
        if (p[i] != q[i]) {
            return p[i] - q[i];
        }
    }
    return 0;
}

/* The first byte of that value among n, or NULL. */
void *memchr(const void *s, int byte, size_t n)
{
    const unsigned char *p = s;
    for (size_t i = 0; i < n; i++) {
        if (p[i] == (unsigned char)byte) {
            return (void *)(p + i);
        }
    }
    return NULL;
}

/* Bytes before the final NUL. */
size_t strlen(const char *s)
{
    return strnlen(s, SIZE_MAX);
}

/* Bytes before the first NUL, but at most `max`; none behind these is read. */
size_t strnlen(const char *s, size_t max)
{
    size_t n = 0;
    while (n < max && s[n] != '\0') {
        n++;
    }
    return n;
}

/* Compare up to the NUL, as unsigned characters: <0, 0 or >0. */
int strcmp(const char *a, const char *b)
{
    return strncmp(a, b, SIZE_MAX);
}

/* Compare at most n characters, as unsigned: <0, 0 or >0. */
int strncmp(const char *a, const char *b, size_t n)
{
    for (; n > 0; n--, a++, b++) {
        if (*a != *b || *a == '\0') {
            return (unsigned char)*a - (unsigned char)*b;
        }
    }
    return 0;
}

/* The first `c` in the string, which may be its NUL, or NULL. */
char *strchr(const char *s, int c)
{
    for (; *s != (char)c; s++) {
        if (*s == '\0') {
            return NULL;
        }
    }
    return (char *)s;
}

/* Copy what fits in `size` bytes, always with a NUL unless size is 0; returns
   strlen(src), so a result >= size tells that something was cut. */
size_t str_copy(char *dst, const char *src, size_t size)
{
    size_t length = strlen(src);
    if (size > 0) {
        size_t n = min_u64(length, size - 1);
        memcpy(dst, src, n);
        dst[n] = '\0';
    }
    return length;
}

/* The value of a digit in any base up to 16; 16 when it is none. */
static unsigned digit_value(char c)
{
    if (c >= '0' && c <= '9') {
        return (unsigned)(c - '0');
    }
    c |= 'a' - 'A'; // to lower case
    return c >= 'a' && c <= 'f' ? (unsigned)(c - 'a' + 10) : 16;
}

/* Parse all of `s` as a number, decimal or with 0x in base 16.  False when it
   is anything else or does not fit in 64 bits; *out is then unchanged. */
bool str_to_u64(const char *s, uint64_t *out)
{
    unsigned base = 10;
    uint64_t value = 0;

    if (s[0] == '0' && (s[1] == 'x' || s[1] == 'X')) {
        base = 16;
        s += 2;
    }
    if (*s == '\0') {
        return false;
    }
    for (; *s != '\0'; s++) {
        unsigned digit = digit_value(*s);
        if (digit >= base || value > (UINT64_MAX - digit) / base) {
            return false;
        }
        value = value * base + digit;
    }
    *out = value;
    return true;
}
