/*
 * head [-N] [FILE]: print the first N lines, 10 if N is not given.
 */
#include "user/user.h"

static char buffer[4096];

/* Where the first `*lines` lines of n bytes end; counts down *lines. */
static int head_length(int n, int *lines)
{
    int i = 0;

    while (i < n && lines[0] > 0) {
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
        char *end;

        lines = (int)strtol(argv[1] + 1, &end, 10);
        argc = *end != '\0' || lines <= 0 ? 3 : argc - 1;
        argv++;
    }
    if (argc > 2) {
        fprintf(2, "usage: head [-N] [FILE]\n");
        return 2;
    }
    if (argc > 1) {
        fd = open(argv[1], O_RDONLY);
    }
    if (fd < 0) {
        fprintf(2, "head: %s: %s\n", argv[1], strerror(errno));
        return 1;
    }
    while (lines > 0 && (n = read(fd, buffer, sizeof(buffer))) > 0) {
        int part = head_length(n, &lines);

        if (write(1, buffer, part) != part) {
            return 1;
        }
    }
    return n < 0;
}
