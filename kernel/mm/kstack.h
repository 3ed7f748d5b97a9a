#pragma once

#include "riscv/hart.h"

/*
 * Kernel stacks: STACK_SIZE bytes each, in an area of their own, with an
 * unmapped guard of the same size below.  A stack is named by its top.
 */

extern uint64_t kstack_mapped; // [a] how many have been mapped since boot

/* Have this hart fence if stacks were mapped since it last did: before it
   touches one that it has not touched yet.  Interrupts must be off. */
static inline void kstack_sync(void)
{
    uint64_t mapped = atomic_load_relaxed(&kstack_mapped);
    if (hart_self()->stacks != mapped) {
        hart_self()->stacks = mapped;
        tlb_flush_all();
    }
}

/* Top of a free stack; 0 when memory or the area has run out. */
uint64_t kstack_alloc(void);

/* Give a stack back, on which nothing runs.  It stays mapped for the next
   thread. */
void kstack_free(uint64_t top);

/* Give memory back if very many stacks are idle; called now and then where
   threads have ended.  Locks: no spinlock may be held. */
void kstack_trim(void);

/* Give the memory of some idle stacks back; false when there are none, or a
   spinlock is held. */
bool kstack_give_back(void);

/* Pages kept for stacks to come: free as far as counting is concerned. */
size_t kstack_idle_pages(void);
