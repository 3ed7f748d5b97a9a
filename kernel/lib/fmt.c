#include "lib/fmt.h"
#include "lib/str.h"

/*
 * Formatted output: one engine, fmt_write, which takes a format apart and
 * sends character after character to a sink; snprintf is the sink that fills a
 * buffer.
 *
 * A conversion goes through three steps: spec_parse reads flags, width,
 * precision and length into a struct spec; fmt_convert fetches the argument;
 * fmt_field lays it out.  A number is made from its last digit to its first in
 * a buffer that holds the longest, 64 bits in octal; widths and precisions of
 * any size cost output, never memory.
 *
 * Pure: no locks, callable from everywhere; the host tests compile it too.
 */

#define DIGITS 22 // octal digits of a 64-bit number

/* One conversion, taken apart. */
struct spec {
    bool left;        // '-': blanks go to the right
    bool zeros;       // '0': pad with zeros
    bool prefix;      // '#': 0x in front, or a zero that says octal
    const char *sign; // "+" or " " in front of what is not negative
    int width;        // at least so many characters
    int precision;    // -1: not given
    int spare;        // bits of 64 that do not count: l, ll, z, j, t and p
                      // leave 0, h 48, hh 56, and int without these 32
    char letter;      // which conversion; '\0' when the format ended
};

/* What one call of fmt_write carries along. */
struct output {
    struct fmt_sink *sink;
    int count;
    va_list args;
};

static void fmt_put(struct output *out, char c)
{
    out->sink->put(out->sink, c);
    out->count++;
}

static void fmt_repeat(struct output *out, char c, int n)
{
    for (; n > 0; n--) {
        fmt_put(out, c);
    }
}

/* Lay out a field: blanks, prefix (sign or 0x), zeros, text, blanks. */
static void fmt_field(struct output *out, const struct spec *spec,
                      const char *prefix, int zeros, const char *text, int n)
{
    int blanks = spec->width - (int)strlen(prefix) - zeros - n;
    fmt_repeat(out, ' ', spec->left ? 0 : blanks);
    for (; *prefix != '\0'; prefix++) {
        fmt_put(out, *prefix);
    }
    fmt_repeat(out, '0', zeros);
    for (int i = 0; i < n; i++) {
        fmt_put(out, text[i]);
    }
    fmt_repeat(out, ' ', spec->left ? blanks : 0);
}

static void fmt_number(struct output *out, const struct spec *spec,
                       const char *prefix, uint64_t value, unsigned base)
{
    const char *symbols =
        spec->letter == 'X' ? "0123456789ABCDEF" : "0123456789abcdef";
    char digits[DIGITS];
    int first = DIGITS;
    for (; value != 0; value /= base) {
        digits[--first] = symbols[value % base];
    }
    int least = spec->precision; // digits wanted at least
    if (least < 0 && spec->zeros && !spec->left) {
        least = spec->width - (int)strlen(prefix);
    }
    if (spec->precision < 0 && least < 1) {
        least = 1;
    }
    int count = DIGITS - first;
    if (spec->letter == 'o' && spec->prefix && least <= count) {
        least = count + 1;
    }
    fmt_field(out, spec, prefix, least > count ? least - count : 0,
              digits + first, count);
}

/* Read a decimal number or '*' from the format.  Further digits of a number
   too large for any purpose are passed over. */
static const char *parse_count(const char *at, struct output *out, int *count)
{
    *count = 0;
    if (*at == '*') {
        *count = va_arg(out->args, int);
        return at + 1;
    }
    for (; *at >= '0' && *at <= '9'; at++) {
        if (*count < 10000) {
            *count = *count * 10 + (*at - '0');
        }
    }
    return at;
}

/* Read what follows a '%'; returns where the format goes on. */
static const char *spec_parse(const char *at, struct output *out,
                              struct spec *spec)
{
    *spec = (struct spec){.sign = "", .precision = -1, .spare = 32};
    for (; *at != '\0' && strchr("-0#+ ", *at) != NULL; at++) {
        spec->left |= *at == '-';
        spec->zeros |= *at == '0';
        spec->prefix |= *at == '#';
        if (*at == '+' || (*at == ' ' && spec->sign[0] == '\0')) {
            spec->sign = *at == '+' ? "+" : " ";
        }
    }
    at = parse_count(at, out, &spec->width);
    if (spec->width < 0) { // from '*': means the flag and the width
        spec->left = true;
        spec->width = spec->width < -INT32_MAX ? 0 : -spec->width;
    }
    if (*at == '.') {
        at = parse_count(at + 1, out, &spec->precision);
    }
    for (; *at != '\0' && strchr("lzjth", *at) != NULL; at++) {
        int narrow = spec->spare == 48 ? 56 : 48;
        spec->spare = *at == 'h' ? narrow : 0;
    }
    spec->letter = *at;
    spec->spare = *at == 'p' ? 0 : spec->spare;
    return *at == '\0' ? at : at + 1;
}

/* Fetch and put a number of any base. */
static void fmt_convert_number(struct output *out, const struct spec *spec)
{
    char letter = spec->letter;
    bool is_signed = letter == 'd' || letter == 'i';
    uint64_t value = spec->spare == 0 ? va_arg(out->args, uint64_t)
                                      : va_arg(out->args, unsigned);
    value <<= spec->spare;
    value = is_signed ? (uint64_t)((int64_t)value >> spec->spare)
                      : value >> spec->spare;
    const char *prefix = is_signed ? spec->sign : "";
    unsigned base = 10;
    if (is_signed && (int64_t)value < 0) {
        prefix = "-";
        value = 0 - value;
    } else if (letter == 'o') {
        base = 8;
    } else if (!is_signed && letter != 'u') {
        base = 16;
        if (letter == 'p' || (spec->prefix && value != 0)) {
            prefix = letter == 'X' ? "0X" : "0x";
        }
    }
    fmt_number(out, spec, prefix, value, base);
}

/* Do one conversion.  One that is not known stands for itself, so that a
   mistake in a format shows. */
static void fmt_convert(struct output *out, const struct spec *spec)
{
    char c = spec->letter;
    if (c == '\0' || c == '%') {
        fmt_put(out, '%');
    } else if (strchr("diuoxXp", c) != NULL) {
        fmt_convert_number(out, spec);
    } else if (c == 's') {
        const char *text = va_arg(out->args, const char *);
        text = text == NULL ? "(null)" : text;
        int limit = spec->precision < 0 ? INT32_MAX : spec->precision;
        fmt_field(out, spec, "", 0, text, (int)strnlen(text, (size_t)limit));
    } else if (c == 'c') {
        c = (char)va_arg(out->args, int);
        fmt_field(out, spec, "", 0, &c, 1);
    } else {
        fmt_put(out, '%');
        fmt_put(out, c);
    }
}

/* Format into `sink`; returns the number of characters put. */
int fmt_write(struct fmt_sink *sink, const char *format, va_list args)
{
    struct output out = {.sink = sink};
    va_copy(out.args, args);
    while (*format != '\0') {
        if (*format != '%') {
            fmt_put(&out, *format++);
            continue;
        }
        struct spec spec;
        format = spec_parse(format + 1, &out, &spec);
        fmt_convert(&out, &spec);
    }
    va_end(out.args);
    return out.count;
}

/* A sink that fills a buffer and drops what does not fit. */
struct buffer_sink {
    struct fmt_sink sink;
    char *next;
    size_t room; // bytes left, one of them for the final NUL
};

static void buffer_put(struct fmt_sink *sink, char c)
{
    struct buffer_sink *buffer = container_of(sink, struct buffer_sink, sink);
    if (buffer->room > 1) {
        *buffer->next++ = c;
        buffer->room--;
    }
}

/* Format into `size` bytes at dst, NUL included; returns the length the whole
   text would have had.  dst may be NULL when size is 0. */
int vsnprintf(char *dst, size_t size, const char *format, va_list args)
{
    struct buffer_sink buffer = {{buffer_put}, dst, size};
    int length = fmt_write(&buffer.sink, format, args);
    if (buffer.room > 0) {
        *buffer.next = '\0';
    }
    return length;
}

int snprintf(char *dst, size_t size, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int length = vsnprintf(dst, size, format, args);
    va_end(args);
    return length;
}
