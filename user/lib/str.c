/*
 * Memory and string functions: the kernel's, compiled again with the flags of a
 * program (as in fmt.c), followed by the few that only programs use.
 */
#include "lib/str.c" // NOLINT(bugprone-suspicious-include)
#include "user/user.h"

/* Copy a string and its NUL; the caller knows that it fits. */
char *strcpy(char *dst, const char *src)
{
    memcpy(dst, src, strlen(src) + 1);
    return dst;
}

/* The last occurrence of `c` in `s`, or NULL. */
char *strrchr(const char *s, int c)
{
    size_t i = strlen(s) + 1;

    while (i-- > 0) {
        if (s[i] == (char)c) {
            return (char *)(uintptr_t)&s[i];
        }
    }
    return NULL;
}
