#pragma once

/*
 * What the kernel says.  A message goes, in one call, to the sink set last: the
 * firmware's console, from the first line of kernel_main on, and the console's
 * line later.  Nothing here sleeps; all of it may be called with interrupts off
 * and from a trap.
 */

/* A sink takes one whole message of `length` bytes and keeps it unmixed with
   those of other harts.  It runs with any locks held, so its own must rank
   last; a sink for panics takes none. */
typedef void klog_sink_fn(const char *text, unsigned long length);

/* Send all further messages to `sink`; after klog_panic, to `panic_sink`. */
void klog_set_sinks(klog_sink_fn *sink, klog_sink_fn *panic_sink);
void klog_panic(void);

/* Print a message; one longer than 511 bytes is cut.  Lines end in \n. */
void kprintf(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The text of a negative errno (api/errno.h). */
const char *error_text(int error);

/*
 * Giving up.  `panic` is for hardware that lies, `assert` for a broken
 * invariant of our own; both print one report and power off with status 101, or
 * halt where no device can report a status.  Neither may depend on user input,
 * on memory running short, on what a disk holds or on what a device says.
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
