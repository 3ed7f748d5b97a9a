/*
 * tee [-a] FILE...: copy the input to the output and to files; -a appends.
 */
#include "user/user.h"

enum { FILES_MAX = 32 };

static char buffer[4096];

int main(int argc, char **argv)
{
    int fds[FILES_MAX] = {1};
    int count = 1;
    int status = 0;
    int how = O_TRUNC;
    int n;

    if (argc > 1 && strcmp(argv[1], "-a") == 0) {
        how = O_APPEND;
        argv++;
        argc--;
    }
    if (argc > FILES_MAX) {
        fprintf(2, "tee: more than %d files\n", FILES_MAX - 1);
        return 2;
    }
    for (int i = 1; i < argc; i++) {
        int fd = open(argv[i], O_WRONLY | O_CREATE | how);

        if (fd < 0) {
            fprintf(2, "tee: %s: %s\n", argv[i], strerror(errno));
            status = 1;
        } else {
            fds[count++] = fd;
        }
    }
    while ((n = read(0, buffer, sizeof(buffer))) > 0) {
        for (int i = 0; i < count; i++) {
            if (write(fds[i], buffer, n) != n) {
                perror("tee");
                return 1;
            }
        }
    }
    return n < 0 || status;
}
