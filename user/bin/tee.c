/*
 * tee [-ai] [FILE...]: copy the input to the output and to files.
 *
 * -a appends to the files; -i has no effect, because a program cannot ignore
 * ^C. After an error on one output, the others still get all data.
 */
#include "user/tool.h"

static char buffer[4096];
static int status;

/* Open the files; -1 for those that cannot be opened. */
static void open_all(char *const *names, int *fds, int how)
{
    for (; *names != NULL; names++, fds++) {
        *fds = open(*names, O_WRONLY | O_CREATE | how);
        if (*fds < 0) {
            status = complain("tee", *names);
        }
    }
}

/* Write n bytes to the outputs without errors; returns whether any is left. */
static bool write_to_all(char *const *names, int *fds, int n)
{
    bool any = !output_failed() && write_all(1, buffer, n) == 0;

    for (; *names != NULL; names++, fds++) {
        if (*fds >= 0 && write_all(*fds, buffer, n) < 0) {
            status = complain("tee", *names);
            close(*fds);
            *fds = -1;
        }
        any |= *fds >= 0;
    }
    return any;
}

int main(int argc, char **argv)
{
    int how = O_TRUNC;
    int n = 0;
    int c;

    while ((c = getopt(argc, argv, "ai")) != -1) {
        how = c == 'a' ? O_APPEND : how;
        if (c == '?') {
            fprintf(2, "usage: tee [-ai] [FILE...]\n");
            return 2;
        }
    }
    int *fds = malloc((size_t)argc * sizeof(int));
    if (fds == NULL) {
        perror("tee");
        return 1;
    }
    char **names = argv + optind;
    open_all(names, fds, how);
    while ((n = read(0, buffer, sizeof(buffer))) > 0) {
        if (!write_to_all(names, fds, n)) {
            break;
        }
    }
    return n < 0 ? complain("tee", "standard input") : status;
}
