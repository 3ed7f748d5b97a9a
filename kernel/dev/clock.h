#pragma once

#include "lib/base.h"

/* Time, for code that need not know the machine. */

/* Read the clock, if the machine has one. */
void clock_init(void);

/* Nanoseconds since 1970; since clock_init where there is no clock. */
uint64_t clock_wall(void);

/* The end of a wait of `ms` milliseconds, for waitq_wait_timeout; and whether
   it has come. */
uint64_t clock_deadline(uint32_t ms);
bool clock_has_passed(uint64_t deadline);
