// Parent and child send a byte back and forth through two pipes.
#include "kernel/types.h"
#include "kernel/stat.h"
#include "user/user.h"

#define ROUNDS 100

int main(int argc, char *argv[])
{
    int to[2], from[2];
    int i, pid, status;
    char ball = 'a';

    if (pipe(to) < 0 || pipe(from) < 0) {
        fprintf(2, "pingpong: pipe failed\n");
        exit(1);
    }
    pid = fork();
    if (pid < 0) {
        fprintf(2, "pingpong: fork failed\n");
        exit(1);
    }
    if (pid == 0) {
        close(to[1]);
        close(from[0]);
        while (read(to[0], &ball, 1) == 1) {
            ball++;
            write(from[1], &ball, 1);
        }
        exit(ball);
    }
    close(to[0]);
    close(from[1]);
    for (i = 0; i < ROUNDS; i++) {
        if (write(to[1], &ball, 1) != 1 || read(from[0], &ball, 1) != 1) {
            fprintf(2, "pingpong: lost the ball in round %d\n", i);
            exit(1);
        }
    }
    close(to[1]);
    if (wait(&status) != pid || pid == getpid()) {
        fprintf(2, "pingpong: waited for somebody else\n");
        exit(1);
    }
    printf("%d rounds, child says %d, ball is %d\n", ROUNDS, status,
           (uchar)ball);
    exit(0);
}
