/*
 * free: what the kernel holds, by the counters that tests compare.
 */
#include "user/user.h"

int main(void)
{
    struct counter list[COUNTERS_MAX];
    int n = counters(list, COUNTERS_MAX);

    if (n < 0) {
        perror("free");
        return 1;
    }
    for (int i = 0; i < n && i < COUNTERS_MAX; i++) {
        printf("%-16s %12ld\n", list[i].name, list[i].value);
    }
    return 0;
}
