#pragma once

#include "lib/list.h"
#include "sync/spinlock.h"

/*
 * Wait queues: threads that wait for an event, first come first served.  A
 * wakeup costs what it wakes.
 *
 * The condition is guarded by a spinlock of the caller's, and so is the queue.
 * A waiter holds it, tests the condition in a loop and calls a wait function,
 * which puts the thread on the queue before it releases that lock; a waker
 * changes the condition and wakes before it releases the same lock.  So no
 * wakeup can fall in between.
 */
struct thread;

struct waitq {
    struct list waiters; // thread.waiting, oldest first
};

#define WAITQ_FOREVER UINT64_MAX

void waitq_init(struct waitq *wq);

/*
 * Release `lock`, sleep until woken, acquire `lock` again.  Not disturbed by
 * kill: only for waits that are short by nature (disk, sleep locks).
 */
void waitq_wait(struct waitq *wq, struct spinlock *lock);

/* The same with a deadline in ticks of the `time` counter, after which it
   returns in any case. */
void waitq_wait_timeout(struct waitq *wq, struct spinlock *lock,
                        uint64_t deadline);

/*
 * As waitq_wait, but returns -EINTR when the process has been killed, before or
 * during the wait; 0 when woken.
 */
int waitq_wait_killable(struct waitq *wq, struct spinlock *lock);

/*
 * The same with a deadline in ticks of the `time` counter; -EAGAIN when it
 * passed first.
 */
int waitq_wait_until(struct waitq *wq, struct spinlock *lock,
                     uint64_t deadline);

/* Wake who waits longest, and return the thread, NULL when there is none; not
   where waits are killable, or the wakeup could go to one who cannot use it. */
struct thread *waitq_wake_one(struct waitq *wq);

/* Wake all. */
void waitq_wake_all(struct waitq *wq);
