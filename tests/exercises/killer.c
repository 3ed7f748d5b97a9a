// Kill a child that computes, one that sleeps, and one that waits for input.
#include "kernel/types.h"
#include "user/user.h"

int hold[2];

void compute(void)
{
    for (;;)
        ;
}

void doze(void)
{
    sleep(1000000);
}

void listen(void)
{
    char c;

    read(hold[0], &c, 1);
}

void hunt(char *name, void (*prey)(void))
{
    int pid, status = 0;

    if ((pid = fork()) == 0) {
        prey();
        exit(0);
    }
    sleep(1);
    if (kill(pid) != 0 || wait(&status) != pid || status != -1) {
        printf("killer: %s, status %d\n", name, status);
        exit(1);
    }
    if (kill(pid) != -1) {
        printf("killer: killed %s twice\n", name);
        exit(1);
    }
    printf("killed one that %s\n", name);
}

int main(void)
{
    pipe(hold);
    hunt("computes", compute);
    hunt("sleeps", doze);
    hunt("reads", listen);
    if (wait(0) != -1)
        printf("killer: who is left?\n");
    exit(0);
}
