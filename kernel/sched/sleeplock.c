#include "sched/sleeplock.h"
#include "sched/thread.h"
#include "riscv/hart.h"

/*
 * Sleep locks.
 *
 * Nearly always no other thread wants the lock: then taking it and releasing it
 * are one compare-and-swap each.  A thread that finds it taken adds CONTENDED
 * to the state, so that the holder wakes it on release, and sleeps.  Before
 * that it spins for a moment if the holder runs on another hart: to sleep and
 * be woken takes much longer than most holders keep the lock.
 *
 * A release frees the lock and wakes the thread that has waited longest.  Until
 * that thread runs, others may take the lock.  If the lock were handed over
 * instead, its holder would not be running, and all threads that want it
 * meanwhile would have to sleep, one after another.  But a thread that was
 * woken in vain is handed the lock next, or after the sharers, so no thread
 * waits for ever.
 *
 * Threads that only read what the lock guards may share it.  While a thread
 * waits, no further sharer joins; then a thread that wants the lock alone gets
 * it, and after that all that wait to share it.
 */
#define CONTENDED 1UL // threads are aligned, so this bit of the state is free
#define SHARER    2UL // of each who shares the lock; threads lie far higher

void sleeplock_init(struct sleeplock *lock, const char *name,
                    enum lock_rank rank)
{
    assert(rank < RANK_SPIN);
    *lock = (struct sleeplock){.rank = rank, .name = name};
    spin_init(&lock->lock, name, RANK_SLEEPLOCK);
    waitq_init(&lock->waiters);
    waitq_init(&lock->urgent);
    waitq_init(&lock->sharers);
}

/* The state of a lock that this thread holds and no other wants. */
static uintptr_t held_by_self(void)
{
    return (uintptr_t)thread_self();
}

/* Whether this thread holds the lock: only it can change that, so the read may
   be a plain one. */
bool sleeplock_is_held(const struct sleeplock *lock)
{
    return (lock->state & ~CONTENDED) == held_by_self();
}

/* Whether one thread holds the lock alone, runs, and no thread waits.  The
   holder may have been freed meanwhile; then the answer is arbitrary. */
static bool may_be_free_soon(uintptr_t state)
{
    const struct thread *holder = (const struct thread *)state;
    return (intptr_t)state < 0 && (state & CONTENDED) == 0 &&
           atomic_load_relaxed(&holder->state) == THREAD_RUNNING;
}

/* Spin while the lock may be free soon, but not for long. */
static void spin_briefly(const struct sleeplock *lock)
{
    enum { LOOKS = 200 };
    for (int i = 0; i < LOOKS; i++) {
        if (!may_be_free_soon(atomic_load_relaxed(&lock->state))) {
            return;
        }
        bool was_on = irq_off();
        hart_relax();
        irq_restore(was_on);
    }
}

/* CONTENDED if any thread waits. */
static uintptr_t contended(const struct sleeplock *lock)
{
    assert_held(&lock->lock);
    bool any = !list_is_empty(&lock->waiters.waiters) ||
               !list_is_empty(&lock->urgent.waiters) ||
               !list_is_empty(&lock->sharers.waiters);
    return any ? CONTENDED : 0;
}

/* Wait until the lock is handed over, or free. */
static SLOW_PATH void take_contended(struct sleeplock *lock)
{
    bool in_vain = false;
    lockstat_wait(lock->name, lock->rank, 1);
    spin_briefly(lock);
    spin_acquire(&lock->lock);
    while (!sleeplock_is_held(lock)) {
        uintptr_t state = atomic_load_relaxed(&lock->state);
        if ((state & ~CONTENDED) == 0) {
            atomic_change(&lock->state, state,
                          held_by_self() | contended(lock));
        } else if (atomic_change(&lock->state, state, state | CONTENDED)) {
            lockstat_wait(lock->name, lock->rank, 2);
            waitq_wait(in_vain ? &lock->urgent : &lock->waiters, &lock->lock);
            lock->coming &= in_vain;
            in_vain = true;
        }
    }
    spin_release(&lock->lock);
}

static void take(struct sleeplock *lock)
{
    if (!atomic_change(&lock->state, 0, held_by_self())) {
        take_contended(lock);
    }
    lockstat_taken(lock->name, lock->rank);
}

void sleeplock_acquire(struct sleeplock *lock)
{
    check_can_sleep(lock->name);
    check_acquire(lock->name, lock->rank, sleeplock_is_held(lock));
    take(lock);
}

void sleeplock_acquire_next(struct sleeplock *lock)
{
    check_can_sleep(lock->name);
    check_ranks_below(lock->rank, lock->name);
    check_note(lock->rank);
    take(lock);
}

/* It never waits, so it cannot deadlock whatever the rank. */
bool sleeplock_try(struct sleeplock *lock)
{
    bool is_mine = atomic_change(&lock->state, 0, held_by_self());
    if (is_mine) {
        check_note(lock->rank);
    }
    return is_mine;
}

/* Whether the lock is free or only shared, and no thread waits. */
static bool may_share(uintptr_t state)
{
    return (intptr_t)state >= 0 && (state & CONTENDED) == 0;
}

/* Wait until the lock is handed over, or can be shared after all. */
static SLOW_PATH void share_contended(struct sleeplock *lock)
{
    bool is_ours = false;
    spin_briefly(lock);
    spin_acquire(&lock->lock);
    while (!is_ours) {
        uintptr_t state = atomic_load_relaxed(&lock->state);
        if (may_share(state)) {
            is_ours = atomic_change(&lock->state, state, state + SHARER);
        } else if (atomic_change(&lock->state, state, state | CONTENDED)) {
            lockstat_wait(lock->name, lock->rank, 1);
            waitq_wait(&lock->sharers, &lock->lock);
            is_ours = true; // it was handed over
        }
    }
    spin_release(&lock->lock);
}

void sleeplock_share(struct sleeplock *lock)
{
    check_can_sleep(lock->name);
    check_acquire(lock->name, lock->rank, sleeplock_is_held(lock));
    uintptr_t state = atomic_load_relaxed(&lock->state);
    if (!may_share(state) ||
        !atomic_change(&lock->state, state, state + SHARER)) {
        share_contended(lock);
    }
    lockstat_taken(lock->name, lock->rank);
}

/* Wake all threads that wait to share; the state in which they share. */
static uintptr_t admit_sharers(struct sleeplock *lock)
{
    assert_held(&lock->lock);
    uintptr_t state = 0;
    while (waitq_wake_one(&lock->sharers) != NULL) {
        state += SHARER;
    }
    return state;
}

/* Give the lock to waiting threads, or free it for one that is woken.  The
   caller holds it alone, or is the last of its sharers. */
static SLOW_PATH void hand_over(struct sleeplock *lock)
{
    spin_acquire(&lock->lock);
    assert(sleeplock_is_held(lock) || lock->state == (SHARER | CONTENDED));
    uintptr_t next = sleeplock_is_held(lock) ? admit_sharers(lock) : 0;
    if (next == 0) {
        next = (uintptr_t)waitq_wake_one(&lock->urgent);
    }
    if (next == 0 && !lock->coming) {
        lock->coming = waitq_wake_one(&lock->waiters) != NULL;
        next = lock->coming ? 0 : admit_sharers(lock);
    }
    atomic_store_release(&lock->state, next | contended(lock));
    spin_release(&lock->lock);
}

void sleeplock_unshare(struct sleeplock *lock)
{
    uintptr_t state;
    do {
        state = atomic_load_relaxed(&lock->state);
        if (state == (SHARER | CONTENDED)) {
            hand_over(lock);
            break;
        }
    } while (!atomic_change(&lock->state, state, state - SHARER));
    check_release(lock->name, lock->rank);
}

void sleeplock_release(struct sleeplock *lock)
{
    if (!atomic_change(&lock->state, held_by_self(), 0)) {
        hand_over(lock);
    }
    check_release(lock->name, lock->rank);
}
