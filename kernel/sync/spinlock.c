#include "sync/spinlock.h"
#include "check/check.h"
#include "riscv/hart.h"

/*
 * Ticket locks.  A comer draws a ticket and waits until it is served; the
 * release serves the next one.  Both counters wrap around together.
 *
 * Interrupts go off before the ticket is drawn, so that no trap on this hart
 * can want the lock meanwhile, and come back on when the thread has released
 * its last lock.  The nesting is counted in the thread, not the hart: tp is
 * the thread's own, so no preemption can make the count another hart's.
 */

/* Prepare a lock. */
void spin_init(struct spinlock *lock, const char *name, enum lock_rank rank)
{
    *lock = (struct spinlock)SPINLOCK_INIT(name, rank);
}

/* Wait for a ticket's turn and enter. */
static SLOW_PATH void spin_wait(struct spinlock *lock, uint32_t ticket)
{
    enum { PATIENCE = 4096 }; // far more than a section takes
    for (uint32_t tries = 1; atomic_load_acquire(&lock->serving) != ticket;
         tries++) {
        lockstat_wait(lock->name, lock->rank, tries);
        if (tries % PATIENCE == 0) {
            hart_nap();
        } else {
            hart_relax();
        }
    }
    lock->owner = tcb_self();
}

/* Take the lock; waits without sleeping. */
void spin_acquire(struct spinlock *lock)
{
    bool was_on = irq_off();
    struct tcb *self = tcb_self();
    if (self->irq_depth++ == 0) {
        self->irq_was_on = was_on;
    }
    check_acquire(lock->name, lock->rank, lock->owner == self);
    uint32_t ticket = atomic_add_relaxed(&lock->next, 1);
    if (atomic_load_acquire(&lock->serving) == ticket) {
        lock->owner = self;
    } else {
        spin_wait(lock, ticket);
    }
    lockstat_taken(lock->name, lock->rank);
}

/* Let the next in line have the lock. */
void spin_release(struct spinlock *lock)
{
    struct tcb *self = tcb_self();
    check_release(lock->name, lock->rank);
    lock->owner = NULL;
    atomic_store_release(&lock->serving, lock->serving + 1);
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
