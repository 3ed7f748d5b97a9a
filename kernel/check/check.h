#pragma once

#include "check/lockstat.h"
#include "lib/types.h"
#include "sync/rank.h"

/*
 * Hooks of the checked build (make CHECK=1).  In the normal build they are
 * empty and cost nothing.
 */
#define POISON_FREE 0x6b // bytes of freed memory

#ifdef TETHER_CHECK

/* Panic unless `rank` is above that of every lock held by this thread; note
   that it is held from now on.  `again`: this thread holds that very lock. */
void check_acquire(const char *name, enum lock_rank rank, bool again);
void check_release(const char *name, enum lock_rank rank);

/* Note a lock that is taken besides others of its rank. */
void check_note(enum lock_rank rank);

/* Panic when a spinlock is held or interrupts are off. */
void check_can_sleep(const char *what);

/* Panic unless no lock of rank above `limit` is held. */
void check_ranks_below(enum lock_rank limit, const char *what);

/* Fill freed memory; panic unless it still holds nothing but `byte`. */
void check_poison(void *memory, size_t n);
void check_unchanged(const void *memory, size_t n, int byte, const char *what);

/* Boot arguments that only this build knows. */
#define CHECK_ARGUMENTS                                                        \
    "panic", "overflow", "rankbug", "uaf", "failalloc", "dropirq", "shoot",    \
        "reach", "lockstat"

/* Fault injection, as boot arguments ask (failalloc=N, dropirq=N): whether the
   allocation that is wanted is to fail, the disk's interrupt to be lost. */
void check_fault_init(void);
bool check_fail_alloc(void);
bool check_drop_interrupt(void);

/* What boot arguments ask of each hart: panic (panic=all), or shoot at all
   harts' TLBs (shoot=N). */
void check_every_hart(void);

/* Do what the other arguments ask for: look at RAM (reach), or commit a mistake
   (panic, overflow, rankbug, uaf). */
void check_self_test(void);

#else

#define CHECK_ARGUMENTS NULL // the end of the list already

static inline void check_acquire(const char *name, enum lock_rank rank,
                                 bool again)
{
    (void)name;
    (void)rank;
    (void)again;
}

static inline void check_release(const char *name, enum lock_rank rank)
{
    (void)name;
    (void)rank;
}

static inline void check_note(enum lock_rank rank)
{
    (void)rank;
}

static inline void check_can_sleep(const char *what)
{
    (void)what;
}

static inline void check_ranks_below(enum lock_rank limit, const char *what)
{
    (void)limit;
    (void)what;
}

static inline void check_poison(void *memory, size_t n)
{
    (void)memory;
    (void)n;
}

static inline void check_unchanged(const void *memory, size_t n, int byte,
                                   const char *what)
{
    (void)memory;
    (void)n;
    (void)byte;
    (void)what;
}

static inline bool check_fail_alloc(void)
{
    return false;
}

static inline bool check_drop_interrupt(void)
{
    return false;
}

static inline void check_every_hart(void)
{
}

static inline void check_self_test(void)
{
}

#endif
