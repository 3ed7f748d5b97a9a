#include "sched/timeout.h"
#include "sched/sched.h"
#include "sched/thread.h"
#include "riscv/hart.h"
#include "riscv/timer.h"
#include "sync/spinlock.h"

/*
 * Sleepers, in a heap per hart, so that thousands of them cost each wakeup
 * little.  A thread is put with the hart it runs on, whose timer then fires in
 * time; it may be woken and run elsewhere before that, and then takes itself
 * out of that hart's heap again.  A hart's timer is never armed for later than
 * its first sleeper: timeout_set sees to it, and sched_timer afterwards.
 *
 * Lock: each heap's own.  A node is in its heap exactly while its link is not
 * NULL.
 */
struct sleepers {
    struct spinlock lock; // rank TIMER
    struct heap heap;
};

static struct sleepers sleepers[HART_MAX];

void timeout_init(void)
{
    for (int i = 0; i < HART_MAX; i++) {
        spin_init(&sleepers[i].lock, "sleepers", RANK_TIMER);
    }
}

/* Put the current thread in. */
void timeout_set(uint64_t deadline)
{
    struct thread *self = thread_self();
    struct sleepers *mine = &sleepers[hart_index()];
    self->timeout_hart = hart_index();
    spin_acquire(&mine->lock);
    heap_insert(&mine->heap, &self->timeout, deadline);
    spin_release(&mine->lock);
    timer_arm(deadline);
}

/* Take it out, unless it was woken for its time. */
void timeout_cancel(void)
{
    struct thread *self = thread_self();
    struct sleepers *there = &sleepers[self->timeout_hart];
    spin_acquire(&there->lock);
    if (self->timeout.link != NULL) {
        heap_remove(&self->timeout);
    }
    spin_release(&there->lock);
}

/* Wake those whose time has come. */
uint64_t timeout_expire(uint64_t now)
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
