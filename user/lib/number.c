/*
 * Numbers from text.
 */
#include <stdbool.h>
#include "user/user.h"

/* The value of a digit in bases up to 36, or 36 for anything else. */
static int digit_value(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'z') {
        return c - 'a' + 10;
    }
    if (c >= 'A' && c <= 'Z') {
        return c - 'A' + 10;
    }
    return 36;
}

/* Step over "0x" where base 16 allows it and settle a base of 0. */
static const char *skip_prefix(const char *s, int *base)
{
    bool has_hex =
        s[0] == '0' && (s[1] == 'x' || s[1] == 'X') && digit_value(s[2]) < 16;

    if (has_hex && (*base == 0 || *base == 16)) {
        *base = 16;
        return s + 2;
    }
    if (*base == 0) {
        *base = s[0] == '0' ? 8 : 10;
    }
    return s;
}

/* What strtol() does; not under its name, which a program may give to a
   function of its own.  A negative base has no digits. */
static long number_read(const char *s, char **end, int base)
{
    const char *start = s;

    while (*s == ' ' || (*s >= '\t' && *s <= '\r')) {
        s++;
    }
    bool negative = *s == '-';
    if (*s == '-' || *s == '+') {
        s++;
    }
    s = skip_prefix(s, &base);
    const char *digits = s;
    long value = 0; // kept negative: INT64_MIN has no positive
    bool over = false;
    for (; digit_value(*s) < base; s++) {
        over |= __builtin_mul_overflow(value, (long)base, &value);
        over |= __builtin_sub_overflow(value, digit_value(*s), &value);
    }
    if (end != NULL) {
        *end = (char *)(uintptr_t)(s > digits ? s : start);
    }
    if (over || (!negative && value == INT64_MIN)) {
        errno = ERANGE;
        return negative ? INT64_MIN : INT64_MAX;
    }
    return negative ? value : -value;
}

/* As in C: blanks, sign, digits.  Out of range: the nearest long and ERANGE.
   *end is where the number stops, `s` itself when there is none.  A base that
   there is not: 0 and EINVAL. */
long strtol(const char *s, char **end, int base)
{
    if (base < 0 || base == 1 || base > 36) {
        errno = EINVAL;
        base = -1;
    }
    return number_read(s, end, base);
}

/* The decimal number `s` starts with; 0 when there is none. */
int atoi(const char *s)
{
    return (int)number_read(s, NULL, 10);
}
