/*
 * Ends the processes that a failed test leaves running.
 *
 * The test's process has ended, so its children belong to init.  A process is
 * one of them if its parent is init, it was started after the test, and it is
 * in the group of usertests or has its name.  (The shell was there before, and
 * is the parent of the other programs of a pipeline.) Children in a separate
 * group may fork faster than they can be killed one by one, so the whole group
 * is killed at once.
 */
#include "usertests.h"
#include "api/counters.h"

enum {
    FEW = 5,        // processes named in a message
    YIELDS = 50,    // rounds that only yield
    ROUNDS = 300,   // rounds until it gives up
    PIDS = 1 << 30, // pids rise to this number and then start again
};

/* Whether the test with pid `test` has left a process behind. */
static bool is_rest(const struct procinfo *p, int test, int group)
{
    unsigned later = (unsigned)(p->pid - test) % PIDS;

    return p->ppid == 1 && p->pid != getpid() && later < PIDS / 2 &&
           (p->pgid == group || strcmp(p->name, "usertests") == 0);
}

/* The group of this process. */
static int own_group(const struct procinfo *list, int n)
{
    for (int i = 0; i < n; i++) {
        if (list[i].pid == getpid()) {
            return list[i].pgid;
        }
    }
    return 0;
}

/* Kill all that exist now, and print the first few if `loud`; returns how
   many. */
static int kill_rest(int test, bool loud)
{
    int n;
    int found = 0;
    struct procinfo *list = proclist_all(&n);

    if (list == NULL) {
        return 0;
    }
    int group = own_group(list, n);
    for (int i = 0; i < n; i++) {
        const struct procinfo *p = &list[i];

        if (!is_rest(p, test, group)) {
            continue;
        }
        if (loud && found < FEW) {
            printf("    left running: %s, pid %d\n", p->name, p->pid);
        }
        found++;
        kill(p->pgid == group ? p->pid : -p->pgid);
    }
    free(list);
    return found;
}

/* End what the test with pid `test` has left, and their children, which become
   orphans in turn.  A test that could not be started left nothing. */
void rest_end(int test)
{
    if (test <= 0) {
        return;
    }
    for (int i = 0; i < ROUNDS && kill_rest(test, i == 0) > 0; i++) {
        if (i < YIELDS) {
            yield();
        } else {
            sleep(1);
        }
    }
}

/* Search once without a test, to have memory for the process list. */
void rest_warm_up(void)
{
    rest_end(getpid());
}
