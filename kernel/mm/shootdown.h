#pragma once

#include "lib/base.h"

/*
 * Make every hart of a set forget all translations that it has cached, and this
 * one, too; returns when all have.  Locks: no spinlock may be held.
 */
void shootdown(uint64_t set);

/* Serve the requests of other harts; interrupts must be off. */
void shootdown_serve(void);
