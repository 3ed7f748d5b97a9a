/*
 * forktest: fork until it fails, then reap all children; do both twice.
 *
 * The program is small and touches little memory, so it can start as many
 * processes as the kernel can hold.  Each child waits until the parent closes
 * the pipe.  A failed fork must do no damage: each child exits with its own
 * number, all are reaped, and fork works again.  The second round must reach
 * about as many children; scheduling changes the number a little.
 */
#include <stdbool.h>
#include "user/user.h"

enum { CODES = 100, SLACK = 8 };

/* Print a message; returns the exit status. */
static int fail(const char *what)
{
    printf("forktest: FAILED: %s\n", what);
    return 1;
}

/* Child number n: wait until the pipe is closed. */
static void child(const int fds[2], int n)
{
    char c;

    close(fds[1]);
    exit(read(fds[0], &c, 1) == 0 ? n % CODES : -1);
}

/* Fork until it fails; returns the number of children. */
static int fork_all(const int fds[2])
{
    for (int n = 0;; n++) {
        int pid = fork();

        if (pid < 0) {
            return n;
        }
        if (pid == 0) {
            child(fds, n);
        }
    }
}

/* Reap all children; returns whether there were n, each with its number. */
static bool reap_all(int n)
{
    static int seen[CODES];
    int status;

    memset(seen, 0, sizeof(seen));
    for (int i = 0; i < n; i++) {
        if (wait(&status) < 0 || status < 0 || status >= CODES) {
            return false;
        }
        seen[status]++;
    }
    for (int i = 0; i < CODES; i++) {
        if (seen[i] != n / CODES + (i < n % CODES)) {
            return false;
        }
    }
    return wait(&status) < 0 && errno == ECHILD;
}

/* Fork until it fails and reap all; returns how many, or -1. */
static int round(void)
{
    int fds[2];

    if (pipe(fds) < 0) {
        perror("forktest: pipe");
        return -1;
    }
    int n = fork_all(fds);
    int error = errno;
    printf("forktest: %d children, then: %s\n", n, strerror(error));
    close(fds[1]);
    bool all = reap_all(n);
    close(fds[0]);
    return all && error == ENOMEM ? n : -1;
}

int main(void)
{
    int first = round();
    int second = first > 0 ? round() : -1;

    if (first < 0 || second < 0) {
        return fail("a fork or a child failed");
    }
    if (second < first - first / SLACK) {
        return fail("too few children in the second round");
    }
    printf("forktest: OK\n");
    return 0;
}
