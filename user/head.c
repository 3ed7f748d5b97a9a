/*
 * head [-N] [FILE]: print the first N lines, 10 if N is not given.
 */
#include "user/user.h"

static char buffer[4096];

/* Where the first `*lines` lines of n bytes end; counts down *lines. */
static int head_length(int n, int *lines)
{
    int i = 0;

    while (i<n && * lines> 0) {
        if (buffer[i++] == '\n') {
            --*lines;
        }
    }
    return i;
}

int main(int argc, char **argv)
{
    int lines = 10;
    int fd = 0;
    int n = 0;

    if (argc > 1 && argv[1][0] == '-') {
        lines = atoi(argv[1] + 1);
        argv++;
        argc--;
    }
    if (argc > 1) {
        fd = open(argv[1], O_RDONLY);
    }
    if (argc > 2 || fd < 0) {
        fprintf(2, "head: %s\n",
                argc > 2 ? "usage: head [-N] [FILE]" : strerror(errno));
        return 2;
    }
    while (lines > 0 && (n = read(fd, buffer, sizeof(buffer))) > 0) {
        int part = head_length(n, &lines);

        if (write(1, buffer, part) != part) {
            return 1;
        }
    }
    return n < 0;
}
