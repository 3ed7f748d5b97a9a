#pragma once

/*
 * The kernel's own messages.  A message goes, in one call, to the sink set
 * last: the firmware's console, from the first line of kernel_main on, and the
 * console's line later.  Never sleeps; callable with interrupts off and from a
 * trap.
 */

/* A sink takes one whole message of `length` bytes and keeps it unmixed with
   those of other harts.  It runs with any locks held, so its own must rank
   last.  That for a panic takes none. */
typedef void klog_sink_fn(const char *text, unsigned long length);

/* Send all further messages to `sink`; after klog_panic, to `panic_sink`. */
void klog_set_sinks(klog_sink_fn *sink, klog_sink_fn *panic_sink);
void klog_panic(void);

/* Print a message; longer than 511 bytes is cut.  Lines end in \n. */
void kprintf(const char *format, ...) __attribute__((format(printf, 1, 2)));
