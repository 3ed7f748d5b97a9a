#include "sched/waitq.h"
#include "sched/sched.h"
#include "sched/thread.h"
#include "riscv/hart.h"
#include "riscv/timer.h"

/*
 * Wait queues.  Why no wakeup and no kill is missed:
 *
 * 1. The waiter is on the queue, and its state is SLEEPING, before the caller's
 *    lock is released; the thread that changes the condition takes that lock.
 * 2. The same lock guards the queue: a waker takes the waiter off it and wakes
 *    the thread while it holds the lock, and the waiter takes the lock again
 *    before it leaves, so the waker is done with the waiter by then.
 * 3. kill marks the thread, then looks at its state; the waiter sets its
 *    state, then looks at the mark.  Both in full order (lib/atomic.h), so one
 *    of them sees the other's.
 * 4. Interrupts stay off from the setting of the state to the switch, so the
 *    thread is not preempted in between.  One that is woken before it has
 *    switched is RUNNING again, and the switch only lets others go first.
 *
 * Deadlines.  Threads that wait with one are sleepers, in a heap per hart, so
 * that thousands of them cost each wakeup little.  A thread is a sleeper of the
 * hart it runs on, whose timer then fires in time; it may be woken and run
 * elsewhere before that, and then takes itself out of that hart's heap again.
 * A hart's timer is never armed for later than its first sleeper: sleepers_add
 * sees to it, and sched_timer afterwards.
 */
struct sleepers {
    struct spinlock lock; // rank TIMER
    struct heap heap;     // a node is in it exactly while its link is not NULL
};

static struct sleepers sleepers[HART_MAX] = {
    [0 ... HART_MAX - 1] = {.lock = SPINLOCK_INIT("sleepers", RANK_TIMER)},
};

void waitq_init(struct waitq *wq)
{
    list_init(&wq->waiters);
}

bool thread_is_killed(void)
{
    return (atomic_load_full(&thread_self()->work) & WORK_KILLED) != 0;
}

/* Have the current thread woken at `deadline`. */
static void sleepers_add(struct sleepers *mine, uint64_t deadline)
{
    spin_acquire(&mine->lock);
    heap_insert(&mine->heap, &thread_self()->timeout, deadline);
    spin_release(&mine->lock);
    timer_arm(deadline);
}

/* Take the current thread out, unless it was woken for its time. */
static void sleepers_remove(struct sleepers *from)
{
    struct heap_node *node = &thread_self()->timeout;
    spin_acquire(&from->lock);
    if (node->link != NULL) {
        heap_remove(node);
    }
    spin_release(&from->lock);
}

/* Being woken and being killed at once counts as killed, so that loops end. */
int waitq_sleep(struct waitq *wq, struct spinlock *lock, bool killable,
                uint64_t deadline)
{
    struct thread *self = thread_self();
    struct sleepers *here = &sleepers[hart_index()];
    assert(spin_is_held(lock) && self->tcb.irq_depth == 1);
    list_push_back(&wq->waiters, &self->waiting);
    self->killable = killable;
    thread_leave(THREAD_SLEEPING);
    if (killable && thread_is_killed()) {
        sched_wake(self);
    }
    if (deadline != WAITQ_FOREVER) {
        sleepers_add(here, deadline);
    }
    bool was_on = self->tcb.irq_was_on;
    self->tcb.irq_was_on = false; // stay off the interrupts until the switch
    spin_release(lock);
    sched_switch();
    irq_restore(was_on);

    if (deadline != WAITQ_FOREVER) {
        sleepers_remove(here);
    }
    spin_acquire(lock);
    list_remove(&self->waiting); // unless a waker did it
    return killable && thread_is_killed() ? -EINTR : 0;
}

struct thread *waitq_wake_one(struct waitq *wq)
{
    assert(tcb_self()->irq_depth > 0); // the queue's lock is held: see 2
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

uint64_t waitq_expire(uint64_t now)
{
    struct sleepers *mine = &sleepers[hart_index()];
    struct heap_node *first;
    spin_acquire(&mine->lock);
    while ((first = mine->heap.root) != NULL && first->key <= now) {
        heap_remove(first);
        sched_wake(container_of(first, struct thread, timeout));
    }
    uint64_t next = first == NULL ? UINT64_MAX : first->key;
    spin_release(&mine->lock);
    return next;
}
