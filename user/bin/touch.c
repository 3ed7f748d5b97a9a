/*
 * touch NAME...: make empty files of those that are not there.
 */
#include "user/user.h"

int main(int argc, char **argv)
{
    int status = 0;

    if (argc < 2) {
        fprintf(2, "usage: touch NAME...\n");
        return 2;
    }
    for (int i = 1; i < argc; i++) {
        int fd = open(argv[i], O_RDONLY | O_CREATE);

        if (fd < 0) {
            fprintf(2, "touch: %s: %s\n", argv[i], strerror(errno));
            status = 1;
        } else {
            close(fd);
        }
    }
    return status;
}
