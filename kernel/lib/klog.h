#pragma once

/*
 * The kernel's own messages.  A message goes, in one call, to the sink set
 * last: the firmware's console, from the first line of kernel_main on, and the
 * UART later.  Never sleeps; callable with interrupts off and from a trap.
 */

/* A sink takes one whole message of `length` bytes and keeps it unmixed with
   those of other harts.  It runs with any locks held, so its own must rank
   last.  A panic sets a sink that takes none. */
typedef void klog_sink_fn(const char *text, unsigned long length);

void klog_set_sink(klog_sink_fn *sink);

/* Print a message; longer than 511 bytes is cut.  Lines end in \n. */
void kprintf(const char *format, ...) __attribute__((format(printf, 1, 2)));
