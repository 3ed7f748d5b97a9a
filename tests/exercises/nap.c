// nap TICKS: sleep, and say how long it took by the clock of the machine.
#include "kernel/types.h"
#include "kernel/stat.h"
#include "user/user.h"

int main(int argc, char *argv[])
{
    int ticks, before, after;

    if (argc != 2) {
        fprintf(2, "Usage: nap ticks\n");
        exit(1);
    }
    ticks = atoi(argv[1]);
    before = uptime();
    sleep(ticks - ticks / 2);
    pause(ticks / 2); // pause is the later name of sleep
    after = uptime();
    if (after - before < ticks) {
        printf("woke up after %d of %d ticks\n", after - before, ticks);
        exit(1);
    }
    printf("slept %d ticks\n", ticks);
    exit(0);
}
