/*
 * touch [-c] NAME...: create empty files for names that do not exist.
 *
 * An existing file keeps its time, because no system call sets it.  -c creates
 * no files.
 */
#include "user/tool.h"

/* Create one file; returns the exit status. */
static int touch(const char *path)
{
    int fd = open(path, O_RDONLY);

    if (fd < 0 && errno == ENOENT) {
        fd = open(path, O_RDONLY | O_CREATE);
    }
    if (fd < 0) {
        return complain("touch", path);
    }
    close(fd);
    return 0;
}

int main(int argc, char **argv)
{
    bool make = true;
    int status = 0;
    int c;

    while ((c = getopt(argc, argv, "c")) == 'c') {
        make = false;
    }
    if (c != -1 || optind == argc) {
        fprintf(2, "usage: touch [-c] NAME...\n");
        return 2;
    }
    for (int i = optind; i < argc && make; i++) {
        status |= touch(argv[i]);
    }
    return status;
}
