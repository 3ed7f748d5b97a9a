/*
 * cat [-u] [FILE...]: copy files, or standard input, to standard output.
 *
 * Output is never buffered, so -u changes nothing.
 */
#include "user/tool.h"

static char buffer[16 * 1024];

/* Copy all of `fd`; -1 after an error. */
static int cat(int fd, const char *name)
{
    int n;

    while ((n = read(fd, buffer, sizeof(buffer))) > 0) {
        if (write_all(1, buffer, n) < 0) {
            return -1;
        }
    }
    return n;
}

int main(int argc, char **argv)
{
    int c;

    while ((c = getopt(argc, argv, "u")) != -1) {
        if (c == '?') {
            fprintf(2, "usage: cat [-u] [FILE...]\n");
            return 2;
        }
    }
    return each_input("cat", argv + optind, cat);
}
