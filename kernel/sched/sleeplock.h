#pragma once

#include "sched/waitq.h"

/*
 * Sleep locks: held over disk transfers and page faults.  A waiter sleeps,
 * unkillably, because holders always finish soon.  They carry ranks like
 * spinlocks and must not be taken with a spinlock held.
 */
struct sleeplock {
    // [a] the holder's thread, or SHARER for each, or 0: free; and CONTENDED
    uintptr_t state;
    enum lock_rank rank;  // [i] a sleep-lock rank
    const char *name;     // [i]
    struct spinlock lock; // rank SLEEPLOCK: guards the rest
    bool coming;          // a waiter was woken and has not looked yet
    struct waitq waiters; // threads that want the lock alone
    struct waitq urgent;  // those of them that were woken in vain
    struct waitq sharers; // threads that want to share it
};

void sleeplock_init(struct sleeplock *lock, const char *name,
                    enum lock_rank rank);
void sleeplock_acquire(struct sleeplock *lock); // Sleeps: yes

/* Take a further lock of the highest rank that this thread holds.  The caller
   has an order for locks of that rank.  Sleeps: yes. */
void sleeplock_acquire_next(struct sleeplock *lock);
void sleeplock_release(struct sleeplock *lock);

/* Take the lock together with others that only read.  Sleeps: yes. */
void sleeplock_share(struct sleeplock *lock);
void sleeplock_unshare(struct sleeplock *lock);

/* Take the lock if it is free, whatever its rank; returns whether it was. */
bool sleeplock_try(struct sleeplock *lock);

/* Whether the calling thread holds the lock. */
bool sleeplock_is_held(const struct sleeplock *lock);

/* In checked builds: the calling thread holds the lock alone. */
#define assert_owned(lock) check_that(sleeplock_is_held(lock))
