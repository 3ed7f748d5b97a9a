#include "proc/proc.h"
#include "mm/pool.h"
#include "vm/space.h"
#include "sched/sched.h"
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
 * 4. A child of init, with all its descendants, is a session.  All members of a
 *    group are in the same session.
 *
 * Lock: proc_tree_lock, over all of it; held for a few instructions at a time,
 * except when a whole list is walked (proc/proclist.c).
 */
#define PID_BUCKETS 1024
#define PID_MAX     0x3fffffff

struct spinlock proc_tree_lock = SPINLOCK_INIT("process tree", RANK_PROC_TREE);
struct list proc_everyone = {&proc_everyone, &proc_everyone};

static struct pool procs;
static struct proc *by_pid[PID_BUCKETS]; // first of each chain
static struct proc *init_proc;           // [i] once made
static pid_t last_pid;

void proc_init(void)
{
    pool_init(&procs, "proc", sizeof(struct proc));
    thread_on_end = proc_ended;
}

/* The pointer to the process of that pid, or that to NULL at the end of the
   chain where it would be. */
static struct proc **pid_slot(pid_t pid)
{
    assert_held(&proc_tree_lock);
    struct proc **link = &by_pid[(uint32_t)pid % PID_BUCKETS];
    while (*link != NULL && (*link)->pid != pid) {
        link = &(*link)->hash_next;
    }
    return link;
}

struct proc *proc_find_locked(pid_t pid)
{
    return *pid_slot(pid);
}

/* A pid that is positive and not in use; after init's, counted from the boot
   argument pid=.  There are far more numbers than processes fit into memory, so
   the search ends. */
static pid_t pid_alloc(void)
{
    if (last_pid == PID_INIT) {
        last_pid = (pid_t)machine_arg_number("pid", 2, PID_MAX, 2) - 1;
    }
    do {
        last_pid = last_pid >= PID_MAX ? 1 : last_pid + 1;
    } while (*pid_slot(last_pid) != NULL);
    return last_pid;
}

/* Enter a new process into the tree.  A child of a killed process is born
   killed: kill may have gone over the group before the child was in it. */
static void enter_tree(struct proc *proc, struct proc *parent)
{
    assert_held(&proc_tree_lock);
    proc->pid = pid_alloc();
    proc->pgid = proc->pid;
    proc->session = proc->pid;
    proc->parent = parent;
    if (parent == NULL) {
        init_proc = proc;
    } else {
        list_push_back(&parent->children, &proc->sibling);
    }
    if (parent != init_proc && parent != NULL) { // no session of its own
        proc->pgid = parent->pgid;
        proc->session = parent->session;
    }
    *pid_slot(proc->pid) = proc;
    list_push_back(&proc_everyone, &proc->all);
    if (thread_is_killed()) {
        thread_add_work(proc->thread, WORK_KILLED);
    }
}

struct proc *proc_create(void (*begin)(void *), void *argument)
{
    struct proc *proc = pool_alloc(&procs);
    if (proc == NULL) {
        return NULL;
    }
    proc->thread = thread_create(proc, begin, argument);
    if (proc->thread == NULL) {
        pool_free(&procs, proc);
        return NULL;
    }
    list_init(&proc->children);
    list_init(&proc->zombies);
    waitq_init(&proc->child_ended);
    spin_acquire(&proc_tree_lock);
    enter_tree(proc, proc_current());
    spin_release(&proc_tree_lock);
    return proc;
}

/* It begins on the hart of its maker; idle harts may take it from there. */
void proc_start(struct proc *proc, struct space *space)
{
    spin_acquire(&proc_tree_lock); // listings look at a process's space
    proc->space = space;
    spin_release(&proc_tree_lock);
    proc->thread->pagetable = space != NULL ? &space->table : NULL;
    sched_wake(proc->thread);
}

void proc_free(struct proc *proc)
{
    spin_acquire(&proc_tree_lock);
    *pid_slot(proc->pid) = proc->hash_next;
    list_remove(&proc->all);
    list_remove(&proc->sibling);
    spin_release(&proc_tree_lock);
    if (proc->thread != NULL) {
        thread_free(proc->thread); // it was never started
    }
    pool_free(&procs, proc);
}

/* This hart, too, leaves the old space before its root may be freed. */
void proc_set_space(struct space *space)
{
    assert_can_sleep();
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

/* Give a list of children to init. */
static void adopt(struct list *from, struct list *to)
{
    assert_held(&proc_tree_lock);
    struct list *link;
    while ((link = list_pop_front(from)) != NULL) {
        list_entry(link, struct proc, sibling)->parent = init_proc;
        list_push_back(to, link);
    }
}

void proc_leave(int status)
{
    struct proc *self = proc_current();
    assert(self != init_proc);
    spin_acquire(&proc_tree_lock);
    self->status = status;
    self->thread = NULL;
    adopt(&self->children, &init_proc->children);
    adopt(&self->zombies, &init_proc->zombies);
    if (!list_is_empty(&init_proc->zombies)) {
        waitq_wake_all(&init_proc->child_ended);
    }
    spin_release(&proc_tree_lock);
}

/* The parent may free the process as soon as the lock is released. */
void proc_ended(struct proc *proc)
{
    assert(proc->thread == NULL && proc->space == NULL);
    spin_acquire(&proc_tree_lock);
    proc->ended = true;
    list_remove(&proc->sibling);
    list_push_back(&proc->parent->zombies, &proc->sibling);
    waitq_wake_all(&proc->parent->child_ended);
    spin_release(&proc_tree_lock);
}

/* Find a child that has ended: 0, CHILD_RUNS, -ECHILD. */
static int find_zombie(struct proc *self, pid_t pid, struct proc **out)
{
    assert_held(&proc_tree_lock);
    if (pid != -1) {
        *out = proc_find_locked(pid);
        if (*out == NULL || (*out)->parent != self) {
            return -ECHILD;
        }
        return (*out)->ended ? 0 : CHILD_RUNS;
    }
    if (list_is_empty(&self->zombies)) {
        return list_is_empty(&self->children) ? -ECHILD : CHILD_RUNS;
    }
    *out = list_entry(self->zombies.next, struct proc, sibling);
    return 0;
}

int proc_take_zombie(pid_t pid, bool waits, struct proc **out)
{
    struct proc *self = proc_current();
    spin_acquire(&proc_tree_lock);
    int error = find_zombie(self, pid, out);
    while (error == CHILD_RUNS && waits) {
        error = waitq_wait_killable(&self->child_ended, &proc_tree_lock);
        error = error == 0 ? find_zombie(self, pid, out) : error;
    }
    if (error == 0) {
        list_remove(&(*out)->sibling);
    }
    spin_release(&proc_tree_lock);
    return error;
}

int proc_kill_locked(struct proc *proc)
{
    assert_held(&proc_tree_lock); // so its thread stays
    if (proc == NULL) {
        return -ESRCH;
    }
    if (proc == init_proc) {
        return -EPERM;
    }
    if (proc->thread != NULL) {
        thread_add_work(proc->thread, WORK_KILLED);
        sched_interrupt(proc->thread);
    }
    return 0;
}

int proc_kill(pid_t pid)
{
    spin_acquire(&proc_tree_lock);
    int error = proc_kill_locked(proc_find_locked(pid));
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
