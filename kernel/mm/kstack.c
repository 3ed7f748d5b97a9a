#include "mm/kstack.h"
#include "mm/pagetable.h"
#include "sync/spinlock.h"

/*
 * Kernel stacks are recycled while mapped: a stack that is given back keeps
 * its pages and its mapping, so making a thread changes no page table and
 * flushes no TLB, except when there are more threads than ever before.
 *
 * Lock: kstack_lock guards the list of idle stacks and the next new slot.  An
 * idle stack holds the link to the next one in its topmost word.
 */
#define STACK_PAGES (STACK_SIZE / PAGE_SIZE)

static struct spinlock kstack_lock = SPINLOCK_INIT("kstack", RANK_KSTACK);
static uint64_t idle_top; // first idle stack, 0: none
static size_t idle_count;
static uint64_t next_slot = STACK_AREA;

static uint64_t *link_of(uint64_t top)
{
    return (uint64_t *)top - 1;
}

/* An idle stack, or 0. */
static uint64_t take_idle(void)
{
    spin_acquire(&kstack_lock);
    uint64_t top = idle_top;
    if (top != 0) {
        idle_top = *link_of(top);
        idle_count--;
    }
    spin_release(&kstack_lock);
    return top;
}

/* A slot never used before, or 0. */
static uint64_t take_slot(void)
{
    spin_acquire(&kstack_lock);
    uint64_t slot = next_slot;
    if (slot < STACK_AREA_END) {
        next_slot += STACK_SLOT;
    }
    spin_release(&kstack_lock);
    return slot < STACK_AREA_END ? slot : 0;
}

/* Undo take_slot, unless it gave none or others have taken slots since. */
static void return_slot(uint64_t slot)
{
    spin_acquire(&kstack_lock);
    if (next_slot == slot + STACK_SLOT) {
        next_slot = slot;
    }
    spin_release(&kstack_lock);
}

/* Recycle a stack, or map pages into the upper half of a new slot. */
uint64_t kstack_alloc(void)
{
    uint64_t top = take_idle();
    if (top != 0) {
        return top;
    }
    struct page *page[STACK_PAGES];
    size_t n = 0;
    while (n < STACK_PAGES && (page[n] = page_alloc(PAGE_KERNEL)) != NULL) {
        n++;
    }
    uint64_t slot = n == STACK_PAGES ? take_slot() : 0;
    bool is_mapped = slot != 0;
    // Both pages are in one table, so only the first can lack memory.
    for (size_t i = 0; i < STACK_PAGES && is_mapped; i++) {
        is_mapped = pt_map_kernel(slot + STACK_SIZE + i * PAGE_SIZE,
                                  page_to_pa(page[i])) == 0;
    }
    if (!is_mapped) {
        return_slot(slot);
        page_put_all(page, n);
        return 0;
    }
    return slot + STACK_SLOT;
}

/* Keep the stack for the next thread. */
void kstack_free(uint64_t top)
{
    spin_acquire(&kstack_lock);
    *link_of(top) = idle_top;
    idle_top = top;
    idle_count++;
    spin_release(&kstack_lock);
}

/* Idle stacks, and the tables that map all slots ever used. */
size_t kstack_idle_pages(void)
{
    size_t tables = round_up(next_slot - STACK_AREA, pt_span(1)) / pt_span(1);
    return idle_count * STACK_PAGES + tables;
}
