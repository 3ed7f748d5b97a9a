#pragma once

/*
 * Giving up.  `panic` is for hardware that lies, `assert` for a broken
 * invariant of our own; both print one report and power off with status 101, or
 * halt where no device can report a status.
 * Neither may depend on user input, on memory running short, on what a disk
 * holds or on what a device says.
 */
_Noreturn void panic(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

/* Set what prints the report and ends the machine; before anything can fail. */
typedef void panic_reporter_fn(const char *message); // does not return
void panic_set_reporter(panic_reporter_fn *function);

#undef assert
#define assert(expr)                                                           \
    ((expr) ? (void)0                                                          \
            : panic("%s:%d: assertion failed: %s", __FILE__, __LINE__, #expr))
