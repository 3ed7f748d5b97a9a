/*
 * forktest: fork until it fails, then take all of it back; and once more.
 *
 * Small, and it touches little memory, so it reaches as many processes as the
 * kernel can hold.  Each child waits until the parent closes the pipe.  When
 * fork fails, everything must still be there to go on with: each child ends
 * with its own number, all are reaped, fork works again, and the second time
 * there is room for as many (but for a few, which depend on who runs when).
 */
#include <stdbool.h>
#include "user/user.h"

enum { CODES = 100, SLACK = 8 };

/* Say what is wrong; the exit status. */
static int fail(const char *what)
{
    printf("forktest: FAILED: %s\n", what);
    return 1;
}

/* Child number n: wait for the end of the pipe. */
static void child(const int fds[2], int n)
{
    char c;

    close(fds[1]);
    exit(read(fds[0], &c, 1) == 0 ? n % CODES : -1);
}

/* Fork until it fails; how many children there are. */
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

/* Reap all children; whether there were n, each with its number. */
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

/* Fork until it fails and reap all; how many, or -1. */
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
        return fail("fork, or its children, did not do as they should");
    }
    if (second < first - first / SLACK) {
        return fail("the second time there is less room");
    }
    printf("forktest: OK\n");
    return 0;
}
