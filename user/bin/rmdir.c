/*
 * rmdir DIRECTORY...: remove empty directories.
 */
#include "user/tool.h"

int main(int argc, char **argv)
{
    int status = 0;

    if (getopt(argc, argv, "") != -1 || optind == argc) {
        fprintf(2, "usage: rmdir DIRECTORY...\n");
        return 2;
    }
    for (int i = optind; i < argc; i++) {
        if (rmdir(argv[i]) < 0) {
            status = complain("rmdir", argv[i]);
        }
    }
    return status;
}
