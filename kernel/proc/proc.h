#pragma once

#include "api/limits.h"
#include "lib/list.h"
#include "sched/waitq.h"

struct thread;
struct space;
struct fdtable;
struct inode;

/*
 * A process: what a program owns.  Its thread is what runs.
 *
 *   [i] fixed at creation    [o] only its own thread; until it runs, its maker
 *   [t] proc_tree_lock       [o,t] both to write, either to read
 *
 * To kill a process is to set WORK_KILLED in its thread; there is no other
 * mark.  The thread finds it when it waits killably (thread_is_killed), and on
 * its way to user mode, where it ends (trap.c).
 */
struct proc {
    pid_t pid;                // [i]
    pid_t pgid;               // [t] process group
    pid_t session;            // [i] that of init's child it descends from
    char name[PROGNAME];      // [o] to write; others may read a torn name
    bool ended;               // [t] a zombie
    int status;               // [t] what wait() reports
    struct thread *thread;    // [t] NULL from proc_leave on
    struct space *space;      // [o,t] address space
    struct fdtable *files;    // [o] open files, counted
    struct inode *cwd;        // [o] current directory, a reference
    struct proc *parent;      // [t]
    struct list children;     // [t] running children
    struct list zombies;      // [t] ended children, oldest first
    struct list sibling;      // [t] link in the parent's children or zombies
    struct list all;          // [t] link in the list of all processes
    struct proc *hash_next;   // [t] chain in the table of pids
    struct waitq child_ended; // the parent waits here, under proc_tree_lock
};

#define PID_INIT 1 // the first process, which must not end

extern struct spinlock proc_tree_lock;
extern struct list proc_everyone; // all processes, the newest last; [t]

/* Prepare the pool of processes; at boot. */
void proc_init(void);

/* The running thread's process; NULL for a kernel thread. */
#ifndef TETHER_HOSTED
#include "sched/thread.h"
static inline struct proc *proc_current(void)
{
    return thread_self()->proc;
}
#else
struct proc *proc_current(void);
#endif

/* A process with a new pid, a child of the current one and in its group; the
   first one is init.  Its thread will call begin(argument).  It has no memory
   or files yet.  NULL when memory has run out. */
struct proc *proc_create(void (*begin)(void *), void *argument);

/* Give a new process its address space, or NULL for none, and let it run. */
void proc_start(struct proc *proc, struct space *space);

/* Undo proc_create, or free a zombie that proc_take_zombie returned. */
void proc_free(struct proc *proc);

/* Change to another address space, or NULL for none, and destroy the old one.
   Sleeps: yes. */
void proc_set_space(struct space *space);

/* The current process is about to end: hand its children to init; kill passes
   it by from now on. */
void proc_leave(int status);

/* Its thread is gone: tell the parent.  Sleeps: no. */
void proc_ended(struct proc *proc);

/* Take a child that has ended out of the tree: the one of that pid, or with -1
   any.  If none has, wait, or return CHILD_RUNS.  0, -ECHILD, -EINTR.  The
   caller frees it. */
#define CHILD_RUNS (-EAGAIN)
int proc_take_zombie(pid_t pid, bool waits, struct proc **out);

/* Mark a process for death and wake it where that is allowed.
   0, or -ESRCH, -EPERM (init). */
int proc_kill(pid_t pid);
int proc_kill_locked(struct proc *proc);

/* The process of that pid, or NULL.  Lock: proc_tree_lock. */
struct proc *proc_find_locked(pid_t pid);

/* The parent's pid; 0 for init. */
pid_t proc_parent_pid(void);
