/*
 * cat [FILE...]: copy files, or standard input, to standard output.
 */
#include "user/user.h"

static char buffer[16 * 1024];

/* Copy all of `fd` to standard output; 0, or 1 after saying what is wrong. */
static int cat_fd(int fd, const char *name)
{
    int n;

    while ((n = read(fd, buffer, sizeof(buffer))) > 0) {
        for (int done = 0; done < n;) {
            int moved = write(1, buffer + done, n - done);

            if (moved <= 0) {
                perror("cat: standard output");
                exit(1);
            }
            done += moved;
        }
    }
    if (n < 0) {
        fprintf(2, "cat: %s: %s\n", name, strerror(errno));
        return 1;
    }
    return 0;
}

int main(int argc, char **argv)
{
    int status = 0;

    if (argc == 1) {
        return cat_fd(0, "standard input");
    }
    for (int i = 1; i < argc; i++) {
        int fd = open(argv[i], O_RDONLY);

        if (fd < 0) {
            fprintf(2, "cat: %s: %s\n", argv[i], strerror(errno));
            status = 1;
            continue;
        }
        status |= cat_fd(fd, argv[i]);
        close(fd);
    }
    return status;
}
