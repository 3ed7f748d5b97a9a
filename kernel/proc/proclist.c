#include "proc/proclist.h"
#include "api/counters.h"
#include "lib/str.h"
#include "proc/proc.h"
#include "vm/space.h"
#include "sched/sched.h"
#include "riscv/hart.h"

/*
 * Groups and listings: what goes over the list of all processes, under
 * proc_tree_lock.  How a process lives and ends is in proc/proc.c.
 */

int proc_kill_group(pid_t pgid)
{
    int error = -ESRCH;
    spin_acquire(&proc_tree_lock);
    list_for_each (link, &proc_everyone) {
        struct proc *proc = list_entry(link, struct proc, all);
        if (proc->pgid == pgid) {
            int result = proc_kill_locked(proc);
            error = error == 0 ? 0 : result;
        }
    }
    spin_release(&proc_tree_lock);
    return error;
}

/* Whether a session has a group: most often a new one. */
static bool has_group(pid_t session, pid_t pgid)
{
    assert_held(&proc_tree_lock);
    const struct list *link = proc_everyone.prev;
    for (; link != &proc_everyone; link = link->prev) {
        const struct proc *proc = list_entry(link, struct proc, all);
        if (proc->pgid == pgid) {
            return proc->session == session;
        }
    }
    return false;
}

bool proc_has_group(pid_t pgid)
{
    spin_acquire(&proc_tree_lock);
    bool found = has_group(proc_current()->session, pgid);
    spin_release(&proc_tree_lock);
    return found;
}

int proc_set_group(pid_t pid, pid_t pgid)
{
    struct proc *self = proc_current();
    if (pid < 0 || pgid < 0) {
        return -EINVAL;
    }
    int error = 0;
    spin_acquire(&proc_tree_lock);
    struct proc *proc = pid == 0 ? self : proc_find_locked(pid);
    if (proc == NULL || (proc != self && proc->parent != self)) {
        error = -ESRCH;
    } else if (pgid != 0 && pgid != proc->pid &&
               !has_group(proc->session, pgid)) {
        error = -EPERM;
    } else {
        proc->pgid = pgid == 0 ? proc->pid : pgid;
    }
    spin_release(&proc_tree_lock);
    return error;
}

/* Fill in a description.  The thread's state is read without its lock: it may
   be out of date at once anyway. */
static void describe(const struct proc *proc, struct procinfo *out)
{
    static const char *const names[] = {"new", "ready", "run", "sleep", "exit"};
    assert_held(&proc_tree_lock);
    const struct thread *thread = proc->thread;
    const char *without = proc->ended ? "zombie" : "exit";
    *out = (struct procinfo){.pid = proc->pid, .pgid = proc->pgid};
    out->ppid = proc->parent == NULL ? 0 : proc->parent->pid;
    const char *state =
        thread == NULL ? without : names[atomic_load_relaxed(&thread->state)];
    str_copy(out->state, state, sizeof(out->state));
    str_copy(out->name, proc->name, sizeof(out->name));
    if (thread != NULL) {
        out->hart = (int)thread->tcb.hart->index;
        out->pages = proc->space == NULL ? 0 : proc->space->mapped;
    }
}

/* Try nearby pids first, so a listing need not scan every process each time. */
pid_t proc_describe(pid_t from, struct procinfo *out)
{
    enum { NEAR = 64 };
    const struct proc *best = NULL;
    spin_acquire(&proc_tree_lock);
    for (pid_t pid = from; pid < from + NEAR && best == NULL; pid++) {
        best = proc_find_locked(pid);
    }
    if (best == NULL) {
        list_for_each (link, &proc_everyone) {
            const struct proc *proc = list_entry(link, struct proc, all);
            if (proc->pid >= from && (best == NULL || proc->pid < best->pid)) {
                best = proc;
            }
        }
    }
    if (best != NULL) {
        describe(best, out);
    }
    spin_release(&proc_tree_lock);
    return best == NULL ? 0 : out->pid;
}

/* A list that another thread begins ends this one.  An idle thread gives its
   hart to programs that have become ready. */
void proc_dump(void)
{
    static uint64_t lister; // [a] the thread that began last, 0: it has ended
    uint64_t self = (uintptr_t)thread_self();
    struct procinfo info;
    pid_t pid = 0;
    if (atomic_load_relaxed(&lister) == self) {
        return; // an interrupt of its own
    }
    atomic_store_relaxed(&lister, self);
    kprintf("\n  pid  ppid  pgid hart state    pages name\n");
    while (atomic_load_relaxed(&lister) == self &&
           (pid = proc_describe(pid + 1, &info)) != 0) {
        kprintf("%5d %5d %5d %4d %-7s %6lu %s\n", info.pid, info.ppid,
                info.pgid, info.hart, info.state, info.pages, info.name);
        if (thread_self()->is_idle) {
            sched_yield(); // and may be kept from going on
        }
    }
    atomic_change(&lister, self, 0);
}
