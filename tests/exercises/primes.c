// A sieve of processes: each keeps the first number it receives, which is
// prime, and passes on the numbers that it does not divide.
#include "kernel/types.h"
#include "kernel/stat.h"
#include "user/user.h"

#define LAST 100

void sieve(int in) __attribute__((noreturn));

void sieve(int in)
{
    int p, n, next[2];

    if (read(in, &p, sizeof(p)) != sizeof(p)) {
        exit(0);
    }
    printf("prime %d\n", p);
    pipe(next);
    if (fork() == 0) {
        close(in);
        close(next[1]);
        sieve(next[0]);
    }
    close(next[0]);
    while (read(in, &n, sizeof(n)) == sizeof(n)) {
        if (n % p) {
            write(next[1], &n, sizeof(n));
        }
    }
    close(next[1]);
    wait(0);
    exit(0);
}

int main()
{
    int n, first[2];

    pipe(first);
    if (fork() == 0) {
        close(first[1]);
        sieve(first[0]);
    }
    close(first[0]);
    for (n = 2; n <= LAST; n++) {
        write(first[1], &n, sizeof(n));
    }
    close(first[1]);
    wait((int *)0);
    return 0;
}
