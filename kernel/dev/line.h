#pragma once

#include "lib/klog.h"
#include "lib/base.h"

/*
 * A line to a terminal, as its driver offers it to the console.  Nothing here
 * sleeps.
 */
struct line {
    /* Hand over as many characters as the line takes now; returns how many.  If
       that is fewer than `n`, the console asks again when the line interrupts,
       or when it is polled. */
    size_t (*send)(const char *text, size_t n);

    /* The next character that has come in, or -1. */
    int (*receive)(void);

    /* Log sinks that wait for the line, but not for ever: for kernel messages,
       and for a panic, which must not wait for a lock. */
    klog_sink_fn *log;
    klog_sink_fn *log_panic;
};
