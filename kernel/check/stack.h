#pragma once

#include "lib/types.h"

/*
 * Which harts know a kernel stack (mm/kstack): hooks of the checked build.
 */
#ifdef TETHER_CHECK

/* A stack has been mapped, as the last one that kstack_mapped counts. */
void check_stack_mapped(uint64_t top);

/* Panic when this hart uses a stack that was mapped after its last fence. */
void check_stack(uint64_t top);

#else

static inline void check_stack_mapped(uint64_t top)
{
    (void)top;
}

static inline void check_stack(uint64_t top)
{
    (void)top;
}

#endif
