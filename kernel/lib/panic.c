#include "lib/panic.h"
#include "lib/fmt.h"

/*
 * Giving up: the caller's message goes to the reporter, which knows the machine
 * and the processes (kernel/report.c).  Until there is one, a panic can only
 * stop where a debugger finds it.
 */
static panic_reporter_fn *reporter; // [i] from the first line of boot on

void panic_set_reporter(panic_reporter_fn *function)
{
    reporter = function;
}

_Noreturn void panic(const char *format, ...)
{
    char text[200];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    if (reporter != NULL) {
        reporter(text);
    }
    for (;;) {}
}
