#include "proc/proc.h"
#include "api/counters.h"
#include "lib/klog.h"
#include "lib/str.h"
#include "mm/pool.h"
#include "vm/space.h"
#include "sched/sched.h"
#include "riscv/hart.h"
#include "riscv/machine.h"

/*
 * The process list: a tree of parents and children, a table of pids, and a
 * list of all in the order of their making.
 *
 * 1. A process is in the tree from proc_create until its parent has waited
 *    for it; its pid is taken for exactly that long.
 * 2. A zombie has no thread, memory or files; its parent finds it in O(1).
 * 3. Every process but init has a parent that will wait: init takes over the
 *    children of those that end.
 * 4. A child of init, with all that comes of it, is a session.  All members of
 *    a group are in the same one.
 *
 * Lock: proc_tree_lock, over all of it; held for a few instructions at a time,
 * except when a whole list is walked (groups, listings).
 */
#define PID_BUCKETS 1024
#define PID_MAX     0x3fffffff

static struct spinlock proc_tree_lock =
    SPINLOCK_INIT("process tree", RANK_PROC_TREE);

static struct pool procs;
static struct proc *by_pid[PID_BUCKETS];
static struct list everyone = {&everyone, &everyone};
static struct proc *init_proc; // [i] once made
static pid_t last_pid;

void proc_init(void)
{
    pool_init(&procs, "proc", sizeof(struct proc));
    thread_on_end(proc_ended);
}

struct proc *proc_current(void)
{
    return thread_self()->proc;
}

bool proc_is_killed(void)
{
    return thread_is_killed();
}

/* The pointer to the process of that pid, or that to NULL at the end of the
   chain where it would be.  Lock: held. */
static struct proc **find(pid_t pid)
{
    struct proc **link = &by_pid[(uint32_t)pid % PID_BUCKETS];
    while (*link != NULL && (*link)->pid != pid) {
        link = &(*link)->hash_next;
    }
    return link;
}

/* A pid that is positive and not in use; after init's, counted from the boot
   argument pid=.  There are far more numbers than processes fit into memory, so
   the search ends.  Lock: held. */
static pid_t pid_alloc(void)
{
    if (last_pid == PID_INIT) {
        last_pid = (pid_t)machine_arg_number("pid", 2, PID_MAX, 2) - 1;
    }
    do {
        last_pid = last_pid >= PID_MAX ? 1 : last_pid + 1;
    } while (*find(last_pid) != NULL);
    return last_pid;
}

/* A new process; the first one is init.  One whose parent has been killed is
   born killed: kill may have been looking for it, as a member of the group,
   before it was there. */
struct proc *proc_create(struct proc *parent)
{
    struct proc *proc = pool_alloc(&procs);
    if (proc == NULL) {
        return NULL;
    }
    list_init(&proc->children);
    list_init(&proc->zombies);
    waitq_init(&proc->child_ended);
    proc->phase = "new";
    proc->parent = parent;
    spin_acquire(&proc_tree_lock);
    proc->pid = pid_alloc();
    proc->pgid = proc->pid;
    proc->session = proc->pid;
    if (parent == NULL) {
        init_proc = proc;
    } else {
        if (parent != init_proc) {
            proc->pgid = parent->pgid;
            proc->session = parent->session;
        }
        proc->killed = parent->killed;
        list_push_back(&parent->children, &proc->sibling);
    }
    *find(proc->pid) = proc;
    list_push_back(&everyone, &proc->all);
    spin_release(&proc_tree_lock);
    return proc;
}

/* It begins on the hart of its maker; idle harts may take it from there. */
void proc_start(struct proc *proc, struct thread *thread)
{
    spin_acquire(&proc_tree_lock);
    proc->thread = thread;
    thread->pagetable = proc->space != NULL ? &proc->space->table : NULL;
    if (proc->killed) {
        thread_add_work(thread, WORK_KILLED);
    }
    spin_release(&proc_tree_lock);
    sched_wake(thread);
}

/* Take a process out of everything and free it. */
void proc_free(struct proc *proc)
{
    spin_acquire(&proc_tree_lock);
    *find(proc->pid) = proc->hash_next;
    list_remove(&proc->all);
    list_remove(&proc->sibling);
    spin_release(&proc_tree_lock);
    pool_free(&procs, proc);
}

/* This hart goes over, too, before the old space's root may be freed. */
void proc_set_space(struct space *space)
{
    struct proc *self = proc_current();
    struct space *old = self->space;
    spin_acquire(&proc_tree_lock); // listings look at a process's space
    struct pagetable *table = space != NULL ? &space->table : NULL;
    self->space = space;
    thread_self()->pagetable = table;
    pt_switch(old != NULL ? &old->table : NULL, table);
    spin_release(&proc_tree_lock);
    if (old != NULL) {
        space_destroy(old);
    }
}

/* Give a list of children to init.  Lock: held. */
static void hand_over(struct list *from, struct list *to)
{
    struct list *link;
    while ((link = list_pop_front(from)) != NULL) {
        list_entry(link, struct proc, sibling)->parent = init_proc;
        list_push_back(to, link);
    }
}

/* The beginning of the end. */
void proc_leave(int status)
{
    struct proc *self = proc_current();
    spin_acquire(&proc_tree_lock);
    self->status = status;
    self->thread = NULL;
    self->phase = "exit";
    hand_over(&self->children, &init_proc->children);
    hand_over(&self->zombies, &init_proc->zombies);
    if (!list_is_empty(&init_proc->zombies)) {
        waitq_wake_all(&init_proc->child_ended);
    }
    spin_release(&proc_tree_lock);
}

/* The end: the parent may free the process as soon as the lock is released. */
void proc_ended(struct proc *proc)
{
    spin_acquire(&proc_tree_lock);
    proc->phase = "zombie";
    proc->ended = true;
    list_remove(&proc->sibling);
    list_push_back(&proc->parent->zombies, &proc->sibling);
    waitq_wake_all(&proc->parent->child_ended);
    spin_release(&proc_tree_lock);
}

/* Find a child that has ended; -EAGAIN when it has not.  Lock: held. */
static int find_zombie(struct proc *self, pid_t pid, struct proc **out)
{
    if (pid != -1) {
        *out = *find(pid);
        bool is_child = *out != NULL && (*out)->parent == self;
        return !is_child ? -ECHILD : (*out)->ended ? 0 : -EAGAIN;
    }
    if (list_is_empty(&self->zombies)) {
        return list_is_empty(&self->children) ? -ECHILD : -EAGAIN;
    }
    *out = list_entry(self->zombies.next, struct proc, sibling);
    return 0;
}

/* Wait for a child. */
int proc_take_zombie(pid_t pid, bool waits, struct proc **out)
{
    struct proc *self = proc_current();
    spin_acquire(&proc_tree_lock);
    int error = find_zombie(self, pid, out);
    while (error == -EAGAIN && waits) {
        error = waitq_wait_killable(&self->child_ended, &proc_tree_lock);
        error = error == 0 ? find_zombie(self, pid, out) : error;
    }
    if (error == 0) {
        list_remove(&(*out)->sibling);
    }
    spin_release(&proc_tree_lock);
    return error;
}

/* Mark one process.  Lock: held, so its thread stays. */
static int kill_locked(struct proc *proc)
{
    if (proc == NULL) {
        return -ESRCH;
    }
    if (proc == init_proc) {
        return -EPERM;
    }
    proc->killed = true; // for a child that fork is still making
    if (proc->thread != NULL) {
        thread_add_work(proc->thread, WORK_KILLED);
        sched_interrupt(proc->thread);
    }
    return 0;
}

int proc_kill(pid_t pid)
{
    spin_acquire(&proc_tree_lock);
    int error = kill_locked(*find(pid));
    spin_release(&proc_tree_lock);
    return error;
}

int proc_kill_group(pid_t pgid)
{
    int error = -ESRCH;
    spin_acquire(&proc_tree_lock);
    list_for_each (link, &everyone) {
        struct proc *proc = list_entry(link, struct proc, all);
        if (proc->pgid == pgid) {
            int result = kill_locked(proc);
            error = error == 0 ? 0 : result;
        }
    }
    spin_release(&proc_tree_lock);
    return error;
}

/* Whether a session has a group: most often a new one.  Lock: held. */
static bool has_group(pid_t session, pid_t pgid)
{
    const struct list *link = everyone.prev;
    for (; link != &everyone; link = link->prev) {
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

/* Change a group. */
int proc_set_group(pid_t pid, pid_t pgid)
{
    struct proc *self = proc_current();
    if (pid < 0 || pgid < 0) {
        return -EINVAL;
    }
    int error = 0;
    spin_acquire(&proc_tree_lock);
    struct proc *proc = pid == 0 ? self : *find(pid);
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

pid_t proc_parent_pid(void)
{
    spin_acquire(&proc_tree_lock);
    const struct proc *parent = proc_current()->parent;
    pid_t pid = parent == NULL ? 0 : parent->pid;
    spin_release(&proc_tree_lock);
    return pid;
}

/* Fill in a description.  The thread's state is read without its lock: it may
   be out of date at once anyway.  Lock: held. */
static void describe(const struct proc *proc, struct procinfo *out)
{
    static const char *const names[] = {"ready", "run", "sleep", "exit"};
    const struct thread *thread = proc->thread;
    *out = (struct procinfo){.pid = proc->pid, .pgid = proc->pgid};
    out->ppid = proc->parent == NULL ? 0 : proc->parent->pid;
    str_copy(out->state, thread == NULL ? proc->phase : names[thread->state],
             sizeof(out->state));
    str_copy(out->name, proc->name, sizeof(out->name));
    if (thread != NULL) {
        out->hart = (int)thread->tcb.hart->index;
        out->pages = proc->space == NULL ? 0 : proc->space->mapped;
    }
}

/* Look the next pid up.  Most often it is not far, so that to list thousands of
   processes takes no look at all of them for each. */
pid_t proc_describe(pid_t from, struct procinfo *out)
{
    enum { NEAR = 64 };
    const struct proc *best = NULL;
    spin_acquire(&proc_tree_lock);
    for (pid_t pid = from; pid < from + NEAR && best == NULL; pid++) {
        best = *find(pid);
    }
    if (best == NULL) {
        list_for_each (link, &everyone) {
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

/* A list that begins elsewhere ends this one.  Programs that became ready
   meanwhile do not wait for it where nothing else ran. */
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
