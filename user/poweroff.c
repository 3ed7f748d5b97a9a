/*
 * poweroff [STATUS]: end the machine; QEMU exits with the status.
 */
#include "user/user.h"

int main(int argc, char **argv)
{
    poweroff(argc > 1 ? atoi(argv[1]) : 0);
    perror("poweroff");
    return 1;
}
