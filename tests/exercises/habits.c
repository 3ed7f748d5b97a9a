// Habits that xv6's compiler flags accept: cases that fall through, partly
// initialized structures, comparisons that are always the same.
#include "kernel/param.h"
#include "kernel/types.h"
#include "user/user.h"

struct test {
    char *name;
    void (*f)(char *);
    int times;
} tests[] = {
    {"first"},
    {"second", 0},
    {0},
};

int
count(int n)
{
    switch (n) {
    case 0:
        n++;
    case 1:
        n++;
    default:
        n++;
    }
    return n;
}

int
all(struct test *t)
{
    int i, seen = 0;

    for (i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
        if (t[i].name)
            seen++;
    return seen;
}

int
main()
{
    char *p = sbrk(10);
    uint n = strlen("three");

    if (p < 0 || n < 0)
        printf("never\n");
    if (p != SBRK_ERROR);
    printf("%d %d %d %d\n", count(0), all(tests), n,
           strlen("ten") - n < 0);
    exit(0);
}
