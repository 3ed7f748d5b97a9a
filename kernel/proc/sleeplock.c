#include "proc/sleeplock.h"
#include "check/check.h"
#include "lib/panic.h"
#include "riscv/tcb.h"

/*
 * Sleep locks: a flag, guarded by a spinlock, and a queue of those who want
 * it.  A release wakes one waiter; whoever takes the lock first has it.
 */

/* Prepare a lock. */
void sleeplock_init(struct sleeplock *lock, const char *name,
                    enum lock_rank rank)
{
    assert(rank < RANK_SPIN);
    spin_init(&lock->lock, name, RANK_SLEEPLOCK);
    waitq_init(&lock->waiters, name);
    lock->held = false;
    lock->owner = NULL;
    lock->rank = rank;
    lock->name = name;
}

/* Sleep while another thread has the lock, then take it. */
static void take(struct sleeplock *lock)
{
    spin_acquire(&lock->lock);
    while (lock->held) {
        waitq_wait(&lock->waiters, &lock->lock);
    }
    lock->held = true;
    lock->owner = tcb_self();
    spin_release(&lock->lock);
}

/* Take the lock. */
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
    take(lock);
    check_note(lock->rank);
}

/* Take it only if that needs no sleep; ranks do not matter then. */
bool sleeplock_try(struct sleeplock *lock)
{
    spin_acquire(&lock->lock);
    bool taken = !lock->held;
    if (taken) {
        lock->held = true;
        lock->owner = tcb_self();
    }
    spin_release(&lock->lock);
    if (taken) {
        check_note(lock->rank);
    }
    return taken;
}

/* Give it to whoever comes first. */
void sleeplock_release(struct sleeplock *lock)
{
    assert(lock->owner == tcb_self());
    spin_acquire(&lock->lock);
    lock->held = false;
    lock->owner = NULL;
    if (!list_is_empty(&lock->waiters.waiters)) {
        waitq_wake_one(&lock->waiters);
    }
    spin_release(&lock->lock);
    check_release(lock->name, lock->rank);
}

bool sleeplock_is_held(const struct sleeplock *lock)
{
    return lock->owner == tcb_self();
}
