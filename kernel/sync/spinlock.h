#pragma once

#include "check/check.h"

/*
 * Spinlocks: for short sections that never sleep.
 *
 * 1. Interrupts are off on this hart from acquire to the release of the last
 *    spinlock held, so a holder is never preempted and never migrates.
 * 2. There is no queue: any of those who wait may be next (spinlock.c).
 * 3. Ranks must rise (lib/rank.h); checked builds assert it.
 */
struct spinlock {
    uint32_t taken;      // [a] 1: held
    enum lock_rank rank; // [i]
    const char *name;    // [i] for reports
    const void *owner;   // holder's tcb; only the holder writes it
};

#define SPINLOCK_INIT(lock_name, lock_rank)                                    \
    {                                                                          \
        .name = (lock_name), .rank = (lock_rank)                               \
    }

void spin_init(struct spinlock *lock, const char *name, enum lock_rank rank);
void spin_acquire(struct spinlock *lock);
void spin_release(struct spinlock *lock);

/* Whether the calling thread holds the lock. */
bool spin_is_held(const struct spinlock *lock);

/* In checked builds: the calling thread holds the lock. */
#define assert_held(lock) check_that(spin_is_held(lock))
