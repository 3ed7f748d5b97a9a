#pragma once

#include "api/limits.h"
#include "lib/list.h"
#include "sched/waitq.h"

struct thread;
struct space;
struct files;
struct inode;

/*
 * A process: what a program owns.  Its thread is what runs.
 *
 *   [i] fixed at creation        [a] atomic
 *   [o] only its own thread      [t] proc_tree_lock
 *   [o,t] both to write, either to read
 */
struct proc {
    pid_t pid;                // [i]
    pid_t pgid;               // [t] process group
    char name[PROGNAME];      // [o] to write; others may read a torn name
    bool killed;              // [t] for a child that fork is making, or makes
    bool ended;               // [t] a zombie
    const char *phase;        // [t] "new", "exit", "zombie": without a thread
    int status;               // [t] what wait() reports
    pid_t session;            // [i] that of init's child it descends from
    struct thread *thread;    // [t] NULL unless it can run: see phase
    struct space *space;      // [o,t] address space
    struct files *files;      // [o] open files, counted
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

/* Prepare the pool of processes; at boot. */
void proc_init(void);

/* The running thread's process; NULL for a kernel thread. */
struct proc *proc_current(void);

/* Whether the running process has been killed. */
bool proc_is_killed(void);

/* A process with a new pid, in the parent's group and among its children; it
   has no thread, memory or files yet.  NULL when memory has run out. */
struct proc *proc_create(struct proc *parent);

/* Give it its thread, so that kill finds it, and let that run. */
void proc_start(struct proc *proc, struct thread *thread);

/* Undo proc_create, or free a zombie that proc_take_zombie returned. */
void proc_free(struct proc *proc);

/* Let the current process go over to another address space, or NULL for none;
   the old one is given back.  Sleeps: yes. */
void proc_set_space(struct space *space);

/*
 * The current process is about to end: hand its children to init, and let
 * kill pass it by from now on.
 */
void proc_leave(int status);

/* Its thread is gone: tell the parent.  Sleeps: no. */
void proc_ended(struct proc *proc);

/* Take a child that has ended out of the tree: the one of that pid, or with -1
   any.  Wait for that, or say -EAGAIN.  0, -ECHILD, -EINTR.  The caller frees
   it. */
int proc_take_zombie(pid_t pid, bool waits, struct proc **out);

/* Mark a process for death and wake it where that is allowed.
   0, or -ESRCH, -EPERM (init). */
int proc_kill(pid_t pid);

/* Kill each process of a group.  0 if there was one, else as proc_kill.
   Locks: takes proc_tree_lock.  Sleeps: no. */
int proc_kill_group(pid_t pgid);

/* Put a process (0: the caller) into a group (0: its own pid).  The process
   must be the caller or its child, and the group new or one of the session.  0,
   -ESRCH, -EINVAL, -EPERM. */
int proc_set_group(pid_t pid, pid_t pgid);

/* Whether the caller's session has that group. */
bool proc_has_group(pid_t pgid);

/* The parent's pid; 0 for init. */
pid_t proc_parent_pid(void);

struct procinfo;

/* Describe the process with the smallest pid >= `from` in *out; its pid, or
   0 when there is none. */
pid_t proc_describe(pid_t from, struct procinfo *out);

/* Print the processes on the console (^P), line by line.  Interrupts are on, so
   other threads may run meanwhile. */
void proc_dump(void);
