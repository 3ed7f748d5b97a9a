#include "proc/sleeplock.h"
#include "check/check.h"
#include "lib/panic.h"
#include "riscv/csr.h"
#include "riscv/tcb.h"

/*
 * Sleep locks.
 *
 * Nearly always nobody else wants the lock: then taking it and releasing it
 * are one atomic exchange each.  One who finds it taken adds CONTENDED to the
 * state, so that the holder does not just leave, and sleeps.
 *
 * A release hands the lock to the thread that has waited longest.  If it were
 * merely free then, a thread that takes it again and again could keep all
 * others out for as long as its turns end while it has the lock.
 */
#define CONTENDED 1UL // threads are aligned, so this bit of the state is free

/* Prepare a lock. */
void sleeplock_init(struct sleeplock *lock, const char *name,
                    enum lock_rank rank)
{
    assert(rank < RANK_SPIN);
    spin_init(&lock->lock, name, RANK_SLEEPLOCK);
    waitq_init(&lock->waiters);
    lock->state = 0;
    lock->rank = rank;
    lock->name = name;
}

/* The state in which this thread holds a lock that nobody else wants. */
static uintptr_t held(void)
{
    return (uintptr_t)tcb_self();
}

/* Whether this thread holds the lock: only it can change that, so the read may
   be a plain one. */
bool sleeplock_is_held(const struct sleeplock *lock)
{
    return (lock->state & ~CONTENDED) == held();
}

/* Wait until the lock is handed over, or free after all. */
static SLOW_PATH void take_contended(struct sleeplock *lock)
{
    spin_acquire(&lock->lock);
    while (!sleeplock_is_held(lock)) {
        uintptr_t state = atomic_load_relaxed(&lock->state);
        if (state == 0) {
            atomic_change(&lock->state, 0, held());
        } else if (atomic_change(&lock->state, state, state | CONTENDED)) {
            lockstat_wait(lock->name, lock->rank, 1); // it is handed over
            waitq_wait(&lock->waiters, &lock->lock);
        }
    }
    spin_release(&lock->lock);
}

static void take(struct sleeplock *lock)
{
    if (!atomic_change(&lock->state, 0, held())) {
        take_contended(lock);
    }
    lockstat_taken(lock->name, lock->rank);
}

/* Take the lock, sleeping while others have it. */
void sleeplock_acquire(struct sleeplock *lock)
{
    check_can_sleep(lock->name);
    check_acquire(lock->name, lock->rank, sleeplock_is_held(lock));
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

/* Nobody waits for it here, so no order is broken. */
bool sleeplock_try(struct sleeplock *lock)
{
    bool is_mine = atomic_change(&lock->state, 0, held());
    if (is_mine) {
        check_note(lock->rank);
    }
    return is_mine;
}

/* Give the lock to the next who waits. */
static SLOW_PATH void hand_over(struct sleeplock *lock)
{
    assert(sleeplock_is_held(lock));
    spin_acquire(&lock->lock);
    uintptr_t next = (uintptr_t)waitq_wake_one(&lock->waiters);
    if (!list_is_empty(&lock->waiters.waiters)) {
        next |= CONTENDED;
    }
    atomic_store_release(&lock->state, next);
    spin_release(&lock->lock);
}

/* Let go. */
void sleeplock_release(struct sleeplock *lock)
{
    if (!atomic_change(&lock->state, held(), 0)) {
        hand_over(lock);
    }
    check_release(lock->name, lock->rank);
}
