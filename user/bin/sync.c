/*
 * sync: write all changed files to the disk.
 */
#include "user/user.h"

int main(int argc, char **argv)
{
    if (argc > 1) {
        fprintf(2, "usage: sync\n");
        return 2;
    }
    if (sync() < 0) {
        perror("sync");
        return 1;
    }
    return 0;
}
