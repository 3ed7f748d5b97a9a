#pragma once

#include "lib/atomic.h"
#include "lib/heap.h"
#include "sched/policy.h"
#include "riscv/tcb.h"

struct pagetable;
struct proc;

/*
 * Threads: what a hart runs.  Each process has one; each hart has an idle
 * thread besides, and the kernel may have others, which do not end.
 *
 *   [r] lock of the run queue of the thread's hart    [i] fixed
 *   [a] atomic                                        [o] only itself
 *   [s] itself while it is RUNNING; while it is SLEEPING others may read it
 *   [m] its maker before it is woken, then only itself
 *
 * State, and who makes each transition:
 *
 *   NEW       not started yet       -> READY     sched_wake
 *   READY     in a run queue        -> RUNNING   sched_switch, when picked
 *   RUNNING   on a hart             -> READY     sched_switch, when preempted
 *                                   -> SLEEPING  itself (sched/waitq)
 *                                   -> DEAD      itself (thread_exit)
 *   SLEEPING  in no run queue       -> READY     sched_wake, sched_interrupt
 *             still on its hart     -> RUNNING   the same two
 *   DEAD      freed by the thread that runs next on the hart
 *
 * All under [r], but for the two that a thread makes itself: thread_leave.
 */
enum thread_state {
    THREAD_NEW,
    THREAD_READY,
    THREAD_RUNNING,
    THREAD_SLEEPING,
    THREAD_DEAD,
};

/* What a thread must look at before it returns to user mode. */
#define WORK_RESCHED 1U // another thread is due
#define WORK_KILLED  2U // it has been killed
#define WORK_LIST    4U // somebody wants to see the processes

struct thread {
    struct tcb tcb;              // first: tp points here
    uint32_t state;              // [r] enum thread_state
    uint32_t work;               // [a] WORK_*
    bool killable;               // [s] the sleep may be cut short by kill
    bool is_idle;                // [i] runs when a hart has nothing to do
    struct sched_entity sched;   // [r]
    struct list waiting;         // in a wait queue, under the lock of that
    struct heap_node timeout;    // in a hart's sleepers, under their lock
    struct proc *proc;           // [i] NULL for a thread of the kernel's own
    struct pagetable *pagetable; // [m] NULL where it has none
};

static_assert(offsetof(struct thread, tcb) == 0, "tp points to both");

static inline struct thread *thread_self(void)
{
    return (struct thread *)tcb_self();
}

static inline void thread_add_work(struct thread *thread, uint32_t bits)
{
    atomic_or_full(&thread->work, bits);
}

static inline void thread_clear_work(struct thread *thread, uint32_t bits)
{
    atomic_and_full(&thread->work, ~bits);
}

/* Say that the current thread is about to leave its hart, to sleep or for good;
   sched_switch must follow, with interrupts off in between.  What it has stored
   before is seen by those who find it in that state. */
static inline void thread_leave(enum thread_state state)
{
    struct thread *self = thread_self();
    check_that(self->state == THREAD_RUNNING && !self->is_idle);
    atomic_store_release(&self->state, state);
}

void thread_init(void);

/* A thread that will call function(argument) when first woken (sched_wake);
   NULL when memory has run out. */
struct thread *thread_create(struct proc *proc, void (*function)(void *),
                             void *argument);

/* Free a thread that was never woken. */
void thread_free(struct thread *thread);

/* End the current thread. */
_Noreturn void thread_exit(void);

/* Free a dead thread and call thread_on_end; done by the thread that runs next
   on its hart.  Sleeps: no. */
void thread_reap(struct thread *thread);

/* What is to happen when a thread of a process is gone. */
extern void (*thread_on_end)(struct proc *proc); // [i] after boot

/* The idle thread of a hart; the boot hart's is the thread that boots.  NULL
   when memory has run out. */
struct thread *thread_create_idle(struct hart *hart);
