#pragma once

#include "lib/base.h"

/*
 * Make this hart and every hart of a set forget all translations that they have
 * cached; returns when all have.  Locks: no spinlock may be held.
 */
void shootdown(uint64_t set);

/* Serve the requests of other harts; interrupts must be off. */
void shootdown_serve(void);
