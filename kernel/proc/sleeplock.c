#include "proc/sleeplock.h"
#include "check/check.h"
#include "lib/panic.h"
#include "riscv/tcb.h"

/*
 * Sleep locks.  A release hands the lock to the thread that has waited longest.
 * If it were merely free then, a thread that takes it again and again could
 * keep all others out for as long as its turns end while it has the lock.
 */

/* Prepare a lock. */
void sleeplock_init(struct sleeplock *lock, const char *name,
                    enum lock_rank rank)
{
    assert(rank < RANK_SPIN);
    spin_init(&lock->lock, name, RANK_SLEEPLOCK);
    waitq_init(&lock->waiters, name);
    lock->owner = NULL;
    lock->rank = rank;
    lock->name = name;
}

/* Take the lock, or wait until it is handed over. */
static void take(struct sleeplock *lock)
{
    spin_acquire(&lock->lock);
    if (lock->owner == NULL) {
        lock->owner = tcb_self();
    }
    while (lock->owner != tcb_self()) {
        lockstat_wait(lock->name, lock->rank, 1); // it is handed over
        waitq_wait(&lock->waiters, &lock->lock);
    }
    spin_release(&lock->lock);
    lockstat_taken(lock->name, lock->rank);
}

/* Take the lock, sleeping while others have it. */
void sleeplock_acquire(struct sleeplock *lock)
{
    check_can_sleep(lock->name);
    check_acquire(lock->name, lock->rank, lock->owner == tcb_self());
    take(lock);
}

/* Take it besides others of its rank. */
void sleeplock_acquire_next(struct sleeplock *lock)
{
    check_can_sleep(lock->name);
    check_ranks_below(lock->rank, lock->name);
    check_note(lock->rank);
    take(lock);
}

/* Hand it over. */
void sleeplock_release(struct sleeplock *lock)
{
    assert(lock->owner == tcb_self());
    spin_acquire(&lock->lock);
    lock->owner = waitq_wake_one(&lock->waiters);
    spin_release(&lock->lock);
    check_release(lock->name, lock->rank);
}
