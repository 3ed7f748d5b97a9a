/*
 * uptime: show the seconds since boot.
 */
#include "user/user.h"

int main(int argc, char **argv)
{
    unsigned ticks = uptime();

    if (argc > 1) {
        fprintf(2, "usage: uptime\n");
        return 2;
    }
    printf("%u.%u s\n", ticks / TICKHZ, ticks % TICKHZ);
    return 0;
}
