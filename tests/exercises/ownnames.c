// Names that xv6 leaves free belong to the program, whatever Tether uses them
// for.
#include "kernel/types.h"
#include "kernel/stat.h"
#include "user/user.h"

#define NULL 0
#define EOF (-1)

enum { MAXARG = 3, MAXPATH = 20, EPERM = 99 };

typedef enum { false, true } bool;

struct counter {
    int n;
};

struct procinfo {
    struct counter calls;
    struct procinfo *next;
};

int errno;
int end = 7, data = 8;

int strncmp(const char *p, const char *q, uint n)
{
    for (; n > 0; n--, p++, q++)
        if (*p != *q || *p == 0)
            return (uchar)*p - (uchar)*q;
    return 0;
}

static char *strrchr(char *s, char c)
{
    char *last = NULL;

    for (; *s; s++)
        if (*s == c)
            last = s;
    return last;
}

void puts(char *s)
{
    printf("<%s>\n", s);
}

// The library's atoi must not call this.
int strtol(void)
{
    return -1;
}

void *realloc(void *p, uint n)
{
    free(p);
    return malloc(n);
}

bool yield(struct procinfo *p)
{
    p->calls.n++;
    return p->next != NULL ? true : false;
}

int rename(char *s)
{
    return s[0];
}

int main(int argc, char *argv[])
{
    struct procinfo one = {{MAXARG}, NULL};

    errno = EPERM;
    close(EOF);
    puts(strrchr("a/b/c", '/'));
    printf("%d %d\n", strncmp("abc", "abd", 2), strncmp("abc", "abd", 3));
    printf("%d\n", yield(&one) == true ? -1 : one.calls.n);
    printf("%d %d\n", rename("r"), errno);
    printf("%d %d\n", end, data);
    printf("%d %d\n", realloc(malloc(10), MAXPATH) != NULL, atoi("12"));
    exit(0);
}
