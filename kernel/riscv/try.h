#pragma once

#include "lib/base.h"

/*
 * Attempts at what may trap; true when it did not.  At boot only, with
 * interrupts off.
 */

/* A load of 8 or 32 bits: whether there is anything at an address. */
bool try_load8(const volatile void *address);
bool try_load32(const volatile void *address);

/* Whether memory at an address, aligned to 4, keeps what is written; it is left
   as it was. */
bool try_memory(void *address);

/* Whether this hart has stimecmp, and the firmware lets the kernel use it. */
bool try_stimecmp(void);

/* Zero a block of the cache, if this hart can, and the firmware lets it. */
bool try_cache_zero(void *address);

/* Set senvcfg to 0: no permissions that user mode does not have by itself. */
bool try_clear_senvcfg(void);
