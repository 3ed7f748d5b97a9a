#include "lib/klog.h"
#include "lib/atomic.h"
#include "lib/fmt.h"

/*
 * Messages of the kernel.
 *
 * kprintf formats the whole message on the caller's stack and hands it to the
 * sink in one call.  So this file needs no lock and knows no device: the sink
 * keeps messages of several harts apart, because it shares its line with other
 * users anyway.  Boot and the console set the sinks; a panic changes over to
 * the second one.
 *
 * panic hands its message to the reporter, which knows the machine and the
 * processes (kernel/report.c).  Until there is one, it can only stop where a
 * debugger finds it.
 */
#define KLOG_MESSAGE 512 // longest message, with its NUL

static klog_sink_fn *klog_sink;           // [a]
static klog_sink_fn *klog_panic_sink;     // [i] after boot
static panic_reporter_fn *panic_reporter; // [i] from the first line of boot on

/* Called at boot, while only one hart prints. */
void klog_set_sinks(klog_sink_fn *sink, klog_sink_fn *panic_sink)
{
    assert(sink != NULL && panic_sink != NULL);
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

const char *error_text(int error)
{
#define ERROR_TEXT(name, number, text) [number] = text,
    static const char *const texts[] = {ERRNO_LIST(ERROR_TEXT)};
    size_t number = (size_t)-error;
    bool is_known = number < ARRAY_LENGTH(texts) && texts[number] != NULL;
    return is_known ? texts[number] : "unknown error";
}

void panic_set_reporter(panic_reporter_fn *function)
{
    panic_reporter = function;
}

_Noreturn void panic(const char *format, ...)
{
    char text[200];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    if (panic_reporter != NULL) {
        panic_reporter(text);
    }
    for (;;) {}
}
