/*
 * uptime: seconds since boot.
 */
#include "user/user.h"

int main(void)
{
    unsigned ticks = uptime();

    printf("%u.%u s\n", ticks / TICKHZ, ticks % TICKHZ);
    return 0;
}
