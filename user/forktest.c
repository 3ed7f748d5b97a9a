/*
 * forktest: fork until it fails, then reap every child.
 *
 * Small, and it touches little memory, so it reaches as many processes as the
 * kernel can hold.  Each child waits until the parent closes the pipe.
 */
#include "user/user.h"

/* One child: wait for the end of the pipe. */
static void child(const int fds[2])
{
    char c;

    close(fds[1]);
    exit(read(fds[0], &c, 1));
}

int main(void)
{
    int fds[2];
    int n = 0;
    int reaped = 0;
    int status;

    if (pipe(fds) < 0) {
        perror("forktest: pipe");
        return 1;
    }
    for (;; n++) {
        int pid = fork();

        if (pid < 0) {
            break;
        }
        if (pid == 0) {
            child(fds);
        }
    }
    printf("forktest: %d children, then: %s\n", n, strerror(errno));
    close(fds[1]);
    while (wait(&status) > 0) {
        reaped += status == 0;
    }
    printf("forktest: %s\n", reaped == n ? "OK" : "FAILED");
    return reaped != n;
}
