/*
 * Errors of system calls.
 *
 * The kernel answers a failed call with a negative number.  The stub hands it
 * to syscall_failed(), which keeps the number in `errno` and returns -1 in its
 * place.  A call that succeeds leaves `errno` alone.
 */
#include "user/user.h"

int errno;

long syscall_failed(long result);

/* Called by the stubs only (stubs.S): the result of a call that failed.  A
   program may have its own, to see all errors of its calls. */
__attribute__((weak)) long syscall_failed(long result)
{
    errno = (int)-result;
    return -1;
}

/* The text of an error number; the same for all that are unknown. */
const char *strerror(int number)
{
    switch (number) {
    case 0:
        return "no error";
#define ERRNO_TEXT(name, value, text)                                          \
    case value:                                                                \
        return text;
        ERRNO_LIST(ERRNO_TEXT)
#undef ERRNO_TEXT
    default:
        return "unknown error";
    }
}

/* Print "WHAT: text of errno" on standard error, or the text alone. */
void perror(const char *what)
{
    const char *text = strerror(errno);

    if (what == NULL || *what == '\0') {
        fprintf(2, "%s\n", text);
    } else {
        fprintf(2, "%s: %s\n", what, text);
    }
}
