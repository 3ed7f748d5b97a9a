#pragma once

#include "lib/base.h"
#include "lib/rank.h"

/*
 * Hooks of the checked build (make CHECK=1): macros that vanish in the normal
 * build, so any code may use them.  Only sources of check/ stand above all
 * others.
 */
#define POISON_FREE 0x6b // bytes of freed memory

#ifdef TETHER_CHECK

/* An assertion that costs too much for the normal build. */
#define check_that(expr) assert(expr)

/* The locks that a thread holds, in its tcb; when it took the sleep locks. */
#define HELD_MAX 12 // rename holds 6, an interrupt 5 more
struct check_held {
    uint32_t count;
    uint8_t rank[HELD_MAX];
    uint64_t since[HELD_MAX];
};
#define CHECK_HELD struct check_held held;

/* Panic unless `rank` is above that of every lock held by this thread; note
   that it is held from now on.  `again`: this thread holds that very lock. */
void check_acquire(const char *name, enum lock_rank rank, bool again);
void check_release(const char *name, enum lock_rank rank);

/* Note a lock that is taken besides others of its rank. */
void check_note(enum lock_rank rank);

/* A new thread holds a lock that it has not taken itself. */
#define check_hold(tcb, lock_rank)                                             \
    ((tcb)->held.rank[(tcb)->held.count++] = (lock_rank))

/* Panic when a spinlock is held or interrupts are off. */
void check_can_sleep(const char *what);

/* Panic unless no lock of rank above `limit` is held. */
void check_ranks_below(enum lock_rank limit, const char *what);

/* Fill freed memory; panic unless it still holds nothing but `byte`. */
void check_poison(void *memory, size_t n);
void check_unchanged(const void *memory, size_t n, int byte, const char *what);

/* A kernel stack has been mapped, as the last one that kstack_mapped counts;
   panic when this hart uses one that was mapped after its last fence. */
void check_stack_mapped(uint64_t top);
void check_stack(uint64_t top);

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

/* Who waits for which lock, if booted with lockstat (check/lockstat.c): a lock
   was taken (a sleep lock is the last that the thread has noted); it was not
   free, which `turn` counts from 1; print what was counted. */
void lockstat_taken(const char *name, enum lock_rank rank);
void lockstat_wait(const char *name, enum lock_rank rank, uint32_t turn);
void lockstat_print(void);

#else

#define check_that(expr) ((void)0)
#define CHECK_HELD
#define CHECK_ARGUMENTS                  NULL // the end of the list already
#define check_acquire(name, rank, again) ((void)0)
#define check_release(name, rank)        ((void)0)
#define check_note(rank)                 ((void)0)
#define check_hold(tcb, rank)            ((void)0)
#define check_can_sleep(what)            ((void)0)
#define check_ranks_below(limit, what)   ((void)0)
#define check_poison(memory, n)          ((void)0)
#define check_unchanged(at, n, byte, s)  ((void)0)
#define check_stack_mapped(top)          ((void)0)
#define check_stack(top)                 ((void)0)
#define check_fail_alloc()               false
#define check_drop_interrupt()           false
#define check_every_hart()               ((void)0)
#define check_self_test()                ((void)0)
#define lockstat_taken(name, rank)       ((void)0)
#define lockstat_wait(name, rank, turn)  ((void)(turn))
#define lockstat_print()                 ((void)0)

#endif

/* The caller may sleep: no spinlock is held, interrupts are on. */
#define assert_can_sleep() check_can_sleep(__func__)
