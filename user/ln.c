/*
 * ln OLD NEW: give a file a second name.
 */
#include "user/user.h"

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(2, "usage: ln OLD NEW\n");
        return 2;
    }
    if (link(argv[1], argv[2]) < 0) {
        fprintf(2, "ln: %s to %s: %s\n", argv[1], argv[2], strerror(errno));
        return 1;
    }
    return 0;
}
