/*
 * ln [-s] OLD NEW: give a file a second name; -s: make a link that leads there.
 */
#include <stdbool.h>
#include "user/user.h"

int main(int argc, char **argv)
{
    bool soft = argc > 1 && strcmp(argv[1], "-s") == 0;
    char **names = argv + (soft ? 2 : 1);

    if (argc != (soft ? 4 : 3)) {
        fprintf(2, "usage: ln [-s] OLD NEW\n");
        return 2;
    }
    if ((soft ? symlink : link)(names[0], names[1]) < 0) {
        fprintf(2, "ln: %s to %s: %s\n", names[0], names[1], strerror(errno));
        return 1;
    }
    return 0;
}
