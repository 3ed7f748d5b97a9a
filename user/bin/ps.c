/*
 * ps: list the processes.  HART is where one runs or last ran, PAGES how many
 * pages it has mapped.
 */
#include "user/user.h"
#include "api/counters.h"

int main(int argc, char **argv)
{
    int n;
    struct procinfo *list = proclist_all(&n);

    if (argc > 1) {
        fprintf(2, "usage: ps\n");
        return 2;
    }
    if (list == NULL) {
        perror("ps");
        return 1;
    }
    printf("%5s %5s %5s %4s %-7s %7s NAME\n", "PID", "PPID", "PGID", "HART",
           "STATE", "PAGES");
    for (int i = 0; i < n; i++) {
        const struct procinfo *p = &list[i];

        printf("%5d %5d %5d %4d %-7s %7lu %s\n", p->pid, p->ppid, p->pgid,
               p->hart, p->state, p->pages, p->name);
    }
    return 0;
}
