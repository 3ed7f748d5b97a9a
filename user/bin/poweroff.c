/*
 * poweroff [STATUS]: end the machine; QEMU exits with the status.
 */
#include "user/user.h"

int main(int argc, char **argv)
{
    char *end = "";
    int status = argc > 1 ? (int)strtol(argv[1], &end, 10) : 0;

    if (argc > 2 || *end != '\0' || end == argv[1]) {
        fprintf(2, "usage: poweroff [STATUS]\n");
        return 2;
    }
    poweroff(status);
    perror("poweroff");
    return 1;
}
