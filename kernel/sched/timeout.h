#pragma once

#include "lib/base.h"

/*
 * Sleepers: threads that are to be woken at a time.  Each hart has its own.
 */
void timeout_init(void);

/* Have the current thread woken at `deadline`.  Interrupts must be off. */
void timeout_set(uint64_t deadline);

/* Take it back, if it is still pending. */
void timeout_cancel(void);

/* Wake all of this hart whose time has come; returns the next deadline,
   UINT64_MAX when there is none. */
uint64_t timeout_expire(uint64_t now);
