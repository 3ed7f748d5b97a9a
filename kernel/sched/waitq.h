#pragma once

#include "lib/list.h"
#include "sync/spinlock.h"

/*
 * Wait queues: threads that wait for an event, first come first served.  A
 * wakeup costs what it wakes.
 *
 * A spinlock of the caller's guards both the condition and the queue.  A waiter
 * holds it, tests the condition in a loop and calls a wait function, which puts
 * the thread on the queue before it releases the lock.  A waker changes the
 * condition and wakes before it releases the same lock.  So no wakeup is lost
 * between the waiter's test and its sleep.
 */
struct thread;

struct waitq {
    struct list waiters; // thread.waiting, oldest first
};

#define WAITQ_FOREVER UINT64_MAX

void waitq_init(struct waitq *wq);

/*
 * Release `lock`, sleep until woken, acquire `lock` again; it is the only
 * spinlock held.  Returns also when `deadline`, in ticks of the `time` counter,
 * has passed; and if `killable`, with -EINTR, when the thread has been killed,
 * before or during the wait.  Unkillable waits are for what is short by nature
 * (disk, sleep locks).  0 otherwise.
 */
int waitq_sleep(struct waitq *wq, struct spinlock *lock, bool killable,
                uint64_t deadline);

static inline void waitq_wait(struct waitq *wq, struct spinlock *lock)
{
    waitq_sleep(wq, lock, false, WAITQ_FOREVER);
}

static inline void waitq_wait_timeout(struct waitq *wq, struct spinlock *lock,
                                      uint64_t deadline)
{
    waitq_sleep(wq, lock, false, deadline);
}

static inline int waitq_wait_killable(struct waitq *wq, struct spinlock *lock)
{
    return waitq_sleep(wq, lock, true, WAITQ_FOREVER);
}

/* Whether the current thread has been killed: it must give up what could take
   long, and ends on its way to user mode. */
bool thread_is_killed(void);

/* Wake the thread that has waited longest, and return it; NULL when there is
   none.  Not for killable waits: a killed waiter would swallow the wakeup. */
struct thread *waitq_wake_one(struct waitq *wq);

void waitq_wake_all(struct waitq *wq);

/* Wake all of this hart whose deadline has come; returns the next deadline,
   UINT64_MAX when there is none.  Interrupts must be off. */
uint64_t waitq_expire(uint64_t now);
