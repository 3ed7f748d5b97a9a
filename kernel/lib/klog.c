#include "lib/klog.h"
#include "lib/atomic.h"
#include "lib/fmt.h"

/*
 * The kernel's own messages.
 *
 * kprintf formats the whole message on the caller's stack and hands it to the
 * sink in one call.  So this file needs no lock and knows no device: keeping
 * messages of several harts apart is the sink's task, because the sink shares
 * its line with other users anyway.
 *
 * Any part of the kernel calls kprintf; boot and the console set the sinks,
 * panic changes between them.
 */

#define KLOG_MESSAGE 512 // longest message, with its NUL

static klog_sink_fn *klog_sink;       // [a]
static klog_sink_fn *klog_panic_sink; // [i] after boot

/* Boot does so while only its own hart prints. */
void klog_set_sinks(klog_sink_fn *sink, klog_sink_fn *panic_sink)
{
    klog_panic_sink = panic_sink;
    atomic_store_release(&klog_sink, sink);
}

void klog_panic(void)
{
    atomic_store_release(&klog_sink, klog_panic_sink);
}

/*
 * Print a message.  One that is too long loses its end but not its last
 * newline, so that the next message starts on a line of its own.
 * Locks: the sink's.  Sleeps: no.
 */
void kprintf(const char *format, ...)
{
    char text[KLOG_MESSAGE];
    klog_sink_fn *sink = atomic_load_acquire(&klog_sink);
    va_list args;
    va_start(args, format);
    size_t length = (size_t)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    if (length >= sizeof(text)) {
        length = sizeof(text) - 1;
        text[length - 1] = '\n';
    }
    sink(text, length);
}
