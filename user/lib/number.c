#include <stdbool.h>
#include "user/user.h"

/* The value of a digit in bases up to 36; 36 for anything else. */
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

/* Skip "0x" if the base is 16 or 0, and determine the base if it is 0. */
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

/* Implements strtol(), under another name because a program may define a
   function of that name.  A negative base has no digits. */
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
    long value = 0; // kept negative: -INT64_MIN overflows
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
   *end is where the number stops, or `s` itself if there is none.  An invalid
   base: 0 and EINVAL. */
long strtol(const char *s, char **end, int base)
{
    if (base < 0 || base == 1 || base > 36) {
        errno = EINVAL;
        base = -1;
    }
    return number_read(s, end, base);
}

/* The decimal number at the start of `s`; 0 if there is none. */
int atoi(const char *s)
{
    return (int)number_read(s, NULL, 10);
}
