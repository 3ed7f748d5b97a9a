#pragma once

#include "lib/rank.h"
#include "lib/base.h"

/* Inside of check: a lock is about to be released; since when a sleep lock was
   held, 0: unknown. */
void lockstat_release(const char *name, enum lock_rank rank, uint64_t since);

/* Begin to count, if the boot arguments say so. */
void lockstat_init(void);
