#pragma once

#include "lib/base.h"
#include <stdarg.h>

/*
 * Formatted output, as in C but for floating point, wide characters and %n:
 * %d %i %u %x %X %o %c %s %p %%, all flags, width and precision (also '*'), and
 * lengths.  One engine serves snprintf, kprintf and panic.
 */

/* Where the engine puts its characters. */
struct fmt_sink {
    void (*put)(struct fmt_sink *sink, char c);
};

/* Format into `sink`; returns the number of characters put. */
int fmt_write(struct fmt_sink *sink, const char *format, va_list args);

/* As in C: writes at most size-1 characters and a NUL; returns the length the
   whole text would have had. */
int snprintf(char *dst, size_t size, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
int vsnprintf(char *dst, size_t size, const char *format, va_list args);
