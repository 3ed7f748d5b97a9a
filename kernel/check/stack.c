#include "check/check.h"
#include "mm/kstack.h"
#include "mm/pagetable.h"

/*
 * No emulator keeps in its TLB that an address is not mapped, so one never
 * shows that a hart has not fenced.  Here the struct of a stack's topmost page
 * remembers how many stacks had been mapped with it; a hart must have fenced at
 * that count or a later one.
 */
static struct page *stack_page(uint64_t top)
{
    return page_from_pa(pte_pa(*pt_find(pt_kernel_root, top - 1)));
}

void check_stack_mapped(uint64_t top)
{
    stack_page(top)->used = kstack_mapped;
}

/* The boot stack, below the area, was always mapped. */
void check_stack(uint64_t top)
{
    if (top > STACK_AREA && stack_page(top)->used > hart_self()->stacks) {
        panic("check: hart %u uses stack 0x%lx, mapped after its last fence",
              hart_index(), top);
    }
}
