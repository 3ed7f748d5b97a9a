/*
 * sleep SECONDS: wait; tenths of a second may follow a point ("0.5").
 */
#include <stdbool.h>
#include "user/user.h"

/* Parse a time into ticks of 0.1 s; -1 if it is invalid. */
static int parse_ticks(const char *s)
{
    char *end;
    long seconds = strtol(s, &end, 10);
    int tenths = 0;
    bool ok = end != s && seconds >= 0 && seconds <= INT32_MAX / TICKHZ - 1;

    if (end[0] == '.' && end[1] >= '0' && end[1] <= '9') {
        tenths = end[1] - '0';
        end += 2;
    }
    return ok && *end == '\0' ? (int)seconds * TICKHZ + tenths : -1;
}

int main(int argc, char **argv)
{
    int ticks = argc == 2 ? parse_ticks(argv[1]) : -1;

    if (ticks < 0) {
        fprintf(2, "usage: sleep SECONDS\n");
        return 2;
    }
    return sleep(ticks) < 0;
}
