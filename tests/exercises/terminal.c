// Make a node for the console under another name and write through it.
#include "kernel/types.h"
#include "kernel/stat.h"
#include "kernel/spinlock.h"
#include "kernel/sleeplock.h"
#include "kernel/fs.h"
#include "kernel/file.h"
#include "kernel/fcntl.h"
#include "user/user.h"

int main(void)
{
    int fd;
    struct stat st;

    if (mknod("terminal0", CONSOLE, 0) < 0) {
        fprintf(2, "terminal: mknod failed\n");
        exit(1);
    }
    if ((fd = open("terminal0", O_RDWR)) < 0 || fstat(fd, &st) < 0) {
        fprintf(2, "terminal: open failed\n");
        exit(1);
    }
    if (st.type != T_DEVICE) {
        fprintf(2, "terminal: type %d\n", st.type);
        exit(1);
    }
    close(1);
    if (dup(fd) != 1) {
        fprintf(2, "terminal: dup took another number\n");
        exit(1);
    }
    printf("through the node\n");
    close(fd);
    exit(unlink("terminal0"));
}
