#include "sync/spinlock.h"
#include "riscv/hart.h"

/*
 * Whoever swaps the 1 in first has the lock.  There is no queue: with one, a
 * waiter whose turn it is but which its host has stopped would hold up all
 * behind it.  So a stopped hart delays only those who need what it holds.
 *
 * A waiter looks a bounded number of times and then sleeps for a moment (see
 * hart_nap), because it may be keeping the holder from running.
 *
 * Interrupts go off before the lock is taken, so that no trap on this hart can
 * want it meanwhile, and come back on when the thread has released its last
 * lock.  The nesting is counted in the thread, not the hart: tp is the thread's
 * own, so no preemption can make the count another hart's.
 */

void spin_init(struct spinlock *lock, const char *name, enum lock_rank rank)
{
    *lock = (struct spinlock)SPINLOCK_INIT(name, rank);
}

/* Whether the lock was free and is ours now. */
static bool spin_try(struct spinlock *lock)
{
    return atomic_swap_acquire(&lock->taken, 1) == 0;
}

/* Wait until the lock is ours.  Waiters only read the word until it is free, so
   that its cache line stays with the holder. */
static SLOW_PATH void spin_wait(struct spinlock *lock)
{
    enum { PATIENCE = 512 }; // far more than a section takes
    uint32_t looks = 0;
    assert_irq_off();
    do {
        lockstat_wait(lock->name, lock->rank, ++looks);
        if (looks % PATIENCE == 0) {
            hart_nap();
        } else {
            hart_relax();
        }
    } while (atomic_load_relaxed(&lock->taken) != 0 || !spin_try(lock));
    lock->owner = tcb_self();
}

/* Take the lock, waiting for it without sleeping. */
void spin_acquire(struct spinlock *lock)
{
    bool was_on = irq_off();
    struct tcb *self = tcb_self();
    if (self->irq_depth++ == 0) {
        self->irq_was_on = was_on;
    }
    check_acquire(lock->name, lock->rank, lock->owner == self);
    if (spin_try(lock)) {
        lock->owner = self;
    } else {
        spin_wait(lock);
    }
    lockstat_taken(lock->name, lock->rank);
}

/* Give the lock back.  Interrupts come on with the last one, if they were on
   before the first. */
void spin_release(struct spinlock *lock)
{
    struct tcb *self = tcb_self();
    check_that(lock->taken == 1 && self->irq_depth != 0);
    check_release(lock->name, lock->rank);
    lock->owner = NULL;
    atomic_store_release(&lock->taken, 0);
    if (--self->irq_depth == 0) {
        irq_restore(self->irq_was_on);
    }
}

/* For assertions.  The owner can only become or cease to be the caller by the
   caller's own doing, so the unlocked read is exact. */
bool spin_is_held(const struct spinlock *lock)
{
    return lock->owner == tcb_self();
}
