#include "sched/waitq.h"
#include "sched/sched.h"
#include "sched/thread.h"
#include "sched/timeout.h"
#include "riscv/hart.h"

/*
 * Wait queues.  Why no wakeup and no kill is missed:
 *
 * 1. The waiter is on the queue, and its state is SLEEPING, before the
 *    caller's lock is released; who changes the condition takes that lock.
 * 2. The same lock guards the queue: a waker takes the waiter off it and wakes
 *    the thread while it holds the lock, and the waiter takes the lock again
 *    before it leaves, so the waker is done with the waiter by then.
 * 3. kill marks the thread, then looks at its state; the waiter sets its
 *    state, then looks at the mark.  Both in full order (lib/atomic.h), so one
 *    of them sees the other's.
 * 4. Interrupts stay off from the setting of the state to the switch, so the
 *    thread is not preempted in between.  One that is woken before it has
 *    switched is in the run queue already, and the switch may pick it again.
 */

void waitq_init(struct waitq *wq)
{
    list_init(&wq->waiters);
}

/*
 * Wait, in all its forms.  0 when taken off the queue by a waker, -EAGAIN when
 * the deadline or a kill came first.
 * A killed thread does not sleep: it puts itself back into the run queue, and
 * the switch picks it again in its turn.
 */
static int wait(struct waitq *wq, struct spinlock *lock, bool killable,
                uint64_t deadline)
{
    struct thread *self = thread_self();
    assert(spin_is_held(lock) && self->tcb.irq_depth == 1);
    list_push_back(&wq->waiters, &self->waiting);
    self->killable = killable;
    atomic_store_release(&self->state, THREAD_SLEEPING); // killable before it
    if (killable && thread_is_killed()) {
        sched_wake(self);
    }
    if (deadline != WAITQ_FOREVER) {
        timeout_set(deadline);
    }
    bool was_on = self->tcb.irq_was_on;
    self->tcb.irq_was_on = false; // stay off the interrupts until the switch
    spin_release(lock);
    sched_switch();
    irq_restore(was_on);

    if (deadline != WAITQ_FOREVER) {
        timeout_cancel();
    }
    spin_acquire(lock);
    bool woken = list_is_empty(&self->waiting);
    list_remove(&self->waiting);
    return woken ? 0 : -EAGAIN;
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
    return thread_is_killed() ? -EINTR : result;
}

struct thread *waitq_wake_one(struct waitq *wq)
{
    assert(tcb_self()->irq_depth > 0); // a lock is held: see 2
    struct list *link = list_pop_front(&wq->waiters);
    if (link == NULL) {
        return NULL;
    }
    struct thread *thread = list_entry(link, struct thread, waiting);
    sched_wake(thread);
    return thread;
}

void waitq_wake_all(struct waitq *wq)
{
    while (waitq_wake_one(wq) != NULL) {}
}
