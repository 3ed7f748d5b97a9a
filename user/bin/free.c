/*
 * free: show the kernel's resource counters, which tests compare.
 */
#include "user/user.h"
#include "api/counters.h"

int main(int argc, char **argv)
{
    struct counter list[COUNTERS_MAX];
    int n = counters(list, COUNTERS_MAX);

    if (argc > 1) {
        fprintf(2, "usage: free\n");
        return 2;
    }
    if (n < 0) {
        perror("free");
        return 1;
    }
    for (int i = 0; i < n && i < COUNTERS_MAX; i++) {
        printf("%-16s %12ld\n", list[i].name, list[i].value);
    }
    return 0;
}
