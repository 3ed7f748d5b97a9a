#pragma once

#include "lib/base.h"

/*
 * A line to a terminal, as its driver offers it to the console.  Nothing here
 * sleeps.
 */
struct line {
    /* Pass on as many characters as the line takes now; returns how many.  If
       that is fewer than `n`, the console asks again when the line interrupts,
       or when it is polled. */
    size_t (*send)(const char *text, size_t n);

    /* The next character that has come in, or -1. */
    int (*receive)(void);

    /* Log sinks, which wait for the line, but not for ever: for kernel
       messages, and for a panic, which must not wait for a lock. */
    klog_sink_fn *log;
    klog_sink_fn *log_panic;
};

/* The drivers: dev/uart.c; dev/firmware_line.c, for machines whose UART the
   kernel does not drive: it never interrupts. */
extern const struct line uart_line;
extern const struct line firmware_line;
