/*
 * Errors of system calls.
 *
 * The kernel returns a negative number from a failed call.  The stub passes it
 * to syscall_failed(), which stores the error in `errno` and returns -1
 * instead.  A successful call leaves `errno` unchanged.
 */
#include "user/user.h"

int errno;

long syscall_failed(long result);

/* Called only by the stubs (stubs.S) with the result of a failed call.  A
   program may define its own, to see all errors of its calls. */
__attribute__((weak)) long syscall_failed(long result)
{
    errno = (int)-result;
    return -1;
}

/* The text of an error number; unknown numbers share one text. */
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