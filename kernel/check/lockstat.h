#pragma once

#include "lib/types.h"
#include "sync/rank.h"

/*
 * Who waits for which lock: counts for the locks of each name, kept by a
 * checked build that was booted with the argument lockstat.
 */
#define HELD_MAX 12 // locks of a thread: rename holds 6, an interrupt 5 more

#ifdef TETHER_CHECK

/* When a thread took the sleep locks that it holds. */
struct held_times {
    uint64_t since[HELD_MAX];
};

/* A lock was taken.  A sleep lock is the last that the thread has noted. */
void lockstat_taken(const char *name, enum lock_rank rank);

/* It was not free.  `turn` counts the times that this was found, from 1. */
void lockstat_wait(const char *name, enum lock_rank rank, uint32_t turn);

/* It is about to be released; since when a sleep lock was held, 0: unknown. */
void lockstat_release(const char *name, enum lock_rank rank, uint64_t since);

/* Begin to count, if the boot arguments say so. */
void lockstat_init(void);

/* Print what was counted. */
void lockstat_print(void);

#else

struct held_times {
};

static inline void lockstat_taken(const char *name, enum lock_rank rank)
{
    (void)name;
    (void)rank;
}

static inline void lockstat_wait(const char *name, enum lock_rank rank,
                                 uint32_t turn)
{
    (void)name;
    (void)rank;
    (void)turn;
}

static inline void lockstat_print(void)
{
}

#endif
