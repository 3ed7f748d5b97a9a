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
 *
 * State, and who makes each transition:
 *
 *   READY     in a run queue        -> RUNNING   sched_switch, when picked
 *   RUNNING   on a hart             -> READY     sched_switch, when preempted
 *                                   -> SLEEPING  itself (sched/waitq)
 *                                   -> DEAD      itself (thread_exit)
 *   SLEEPING  in no run queue       -> READY     sched_wake, _interrupt
 *   DEAD      buried by the thread that runs next
 */
enum thread_state {
    THREAD_READY,
    THREAD_RUNNING,
    THREAD_SLEEPING,
    THREAD_DEAD,
};

/* What a thread must look at before it returns to user mode. */
#define WORK_RESCHED 1U // another thread is due
#define WORK_KILLED  2U // its process has been killed
#define WORK_LIST    4U // somebody wants to see the processes

struct thread {
    struct tcb tcb;              // first: tp points here
    uint32_t state;              // [r] enum thread_state
    uint32_t work;               // [a] WORK_*
    bool killable;               // [o] the sleep may be cut short by kill
    bool is_idle;                // [i] runs when a hart has nothing to do
    struct sched_entity sched;   // [r]
    struct list waiting;         // in a wait queue, under the lock of that
    struct heap_node timeout;    // in the hart's sleepers (sched/timeout)
    uint32_t timeout_hart;       // [o] whose sleepers
    struct proc *proc;           // [i] NULL for a thread of the kernel's own
    struct pagetable *pagetable; // [o] likewise, or where it has none
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

/* Whether the current thread's process has been killed. */
static inline bool thread_is_killed(void)
{
    uint32_t work = atomic_load_full(&thread_self()->work);
    return (work & WORK_KILLED) != 0;
}

void thread_init(void);

/* A thread that will call function(argument) when first woken (sched_wake);
   NULL when memory has run out. */
struct thread *thread_create(struct proc *proc, void (*function)(void *),
                             void *argument);

/* End the current thread. */
_Noreturn void thread_exit(void);

/* Free a dead thread and call what thread_on_end has set; done by the thread
   that runs next on its hart.  Sleeps: no. */
void thread_reap(struct thread *thread);

/* What is to happen when a thread of a process is gone; at boot. */
void thread_on_end(void (*function)(struct proc *proc));

/* The idle thread of a hart; the boot hart's is the thread that boots. */
struct thread *thread_create_idle(struct hart *hart);
