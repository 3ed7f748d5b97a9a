/*
 * rmdir FOLDER...: remove empty folders.
 */
#include "user/user.h"

int main(int argc, char **argv)
{
    int status = 0;

    if (argc < 2) {
        fprintf(2, "usage: rmdir FOLDER...\n");
        return 2;
    }
    for (int i = 1; i < argc; i++) {
        if (rmdir(argv[i]) < 0) {
            fprintf(2, "rmdir: %s: %s\n", argv[i], strerror(errno));
            status = 1;
        }
    }
    return status;
}
