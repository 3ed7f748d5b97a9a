#include "proc/waitq.h"
#include "api/errno.h"
#include "check/check.h"
#include "lib/panic.h"
#include "proc/sched.h"
#include "proc/thread.h"
#include "proc/timeout.h"
#include "riscv/hart.h"

/*
 * Wait queues.  Why no wakeup and no kill is missed:
 *
 * 1. The waiter is on the queue, and its state is SLEEPING, before the
 *    caller's lock is released; who changes the condition takes that lock.
 * 2. A waker takes the waiter off the queue and wakes the thread while it
 *    holds the queue's lock; the waiter takes that lock once more before it
 *    returns, so the waker is done with the thread by then.
 * 3. kill marks the thread, then looks at its state; the waiter sets its
 *    state, then looks at the mark.  Both in sequentially consistent order, so
 *    one of them sees the other's.
 * 4. Interrupts stay off from the setting of the state to the switch, so the
 *    thread is not preempted in between.  One that is woken before it has
 *    switched is in the run queue already, and the switch may pick it again.
 */

/* A place in a queue, on the waiter's stack. */
struct waiter {
    struct list link;
    struct thread *thread;
};

void waitq_init(struct waitq *wq, const char *name)
{
    spin_init(&wq->lock, name, RANK_WAITQ);
    list_init(&wq->waiters);
}

/* Get on the queue and mark this thread as sleeping; false when it has been
   killed and the wait is killable. */
static bool enlist(struct waitq *wq, struct waiter *waiter, bool killable)
{
    struct thread *self = thread_self();
    waiter->thread = self;
    spin_acquire(&wq->lock);
    list_push_back(&wq->waiters, &waiter->link);
    self->killable = killable;
    __atomic_store_n(&self->state, THREAD_SLEEPING, __ATOMIC_SEQ_CST);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    bool alive = !killable || !thread_is_killed(self);
    spin_release(&wq->lock);
    return alive;
}

/* Get off the queue; whether a waker had taken this thread off before. */
static bool was_woken(struct waitq *wq, struct waiter *waiter)
{
    spin_acquire(&wq->lock);
    bool woken = list_is_empty(&waiter->link);
    list_remove(&waiter->link);
    spin_release(&wq->lock);
    return woken;
}

/*
 * Wait, in all its forms.  0 when taken off the queue by a waker, -EAGAIN when
 * the deadline or a kill came first.
 * A killed thread does not sleep at all: thread_wake turns its own mark back.
 */
static int wait(struct waitq *wq, struct spinlock *lock, bool killable,
                uint64_t deadline)
{
    assert(spin_is_held(lock) && tcb_self()->irq_depth == 1);
    struct waiter waiter;
    bool sleeps = enlist(wq, &waiter, killable);
    if (!sleeps) {
        thread_wake(thread_self());
    }
    if (deadline != WAITQ_FOREVER) {
        timeout_set(deadline);
    }
    bool was_on = tcb_self()->irq_was_on;
    tcb_self()->irq_was_on = false; // stay off the interrupts until the switch
    spin_release(lock);
    sched_switch();
    irq_restore(was_on);

    if (deadline != WAITQ_FOREVER) {
        timeout_cancel();
    }
    bool woken = was_woken(wq, &waiter);
    spin_acquire(lock);
    if (woken) {
        return 0;
    }
    return -EAGAIN;
}

void waitq_wait(struct waitq *wq, struct spinlock *lock)
{
    wait(wq, lock, false, WAITQ_FOREVER);
}

void waitq_wait_timeout(struct waitq *wq, struct spinlock *lock,
                        uint64_t deadline)
{
    wait(wq, lock, false, deadline);
}

int waitq_wait_killable(struct waitq *wq, struct spinlock *lock)
{
    return waitq_wait_until(wq, lock, WAITQ_FOREVER);
}

/* Being woken and being killed at once counts as killed, so that loops end. */
int waitq_wait_until(struct waitq *wq, struct spinlock *lock, uint64_t deadline)
{
    int result = wait(wq, lock, true, deadline);
    return thread_is_killed(thread_self()) ? -EINTR : result;
}

/* Take the first waiter off and wake it; NULL when there is none.  Lock: the
   queue's. */
static struct thread *wake_first(struct waitq *wq)
{
    struct list *link = list_pop_front(&wq->waiters);
    if (link == NULL) {
        return NULL;
    }
    struct thread *thread = list_entry(link, struct waiter, link)->thread;
    thread_wake(thread);
    return thread;
}

struct thread *waitq_wake_one(struct waitq *wq)
{
    spin_acquire(&wq->lock);
    struct thread *woken = wake_first(wq);
    spin_release(&wq->lock);
    return woken;
}

void waitq_wake_all(struct waitq *wq)
{
    spin_acquire(&wq->lock);
    while (wake_first(wq) != NULL) {}
    spin_release(&wq->lock);
}
