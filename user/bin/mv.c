/*
 * mv [-f] FROM... TO: rename files; TO may be a directory to move them into.
 *
 * It always behaves as with -f: it replaces files without asking.
 */
#include "user/tool.h"

/* Rename one file; returns the exit status. */
static int mv(const char *from, const char *to)
{
    if (rename(from, to) < 0) {
        fprintf(2, "mv: %s to %s: %s\n", from, to, strerror(errno));
        return 1;
    }
    return 0;
}

int main(int argc, char **argv)
{
    int c;

    while ((c = getopt(argc, argv, "f")) == 'f') {}
    if (c != -1 || argc - optind < 2) {
        fprintf(2, "usage: mv [-f] FROM... TO\n");
        return 2;
    }
    return each_target("mv", argc - optind, argv + optind, mv);
}
