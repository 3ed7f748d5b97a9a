#include "mm/kstack.h"
#include "mm/pagetable.h"
#include "mm/shootdown.h"
#include "sync/spinlock.h"

/*
 * Kernel stacks are recycled while mapped: a stack that is given back keeps
 * its pages and its mapping, so making a thread most often changes no page
 * table and flushes no TLB.  After many threads have ended at once, those
 * beyond IDLE_MAX are unmapped again, and all when memory is short.  That is
 * done BATCH at a time for one flush of all harts: any of them may have the
 * entries of a stack cached.
 *
 * A hart may also have cached that there is no entry.  So one that has mapped a
 * stack counts it in kstack_mapped, and each hart compares that with the count
 * at its last fence before it takes over an idle stack, or a thread of another
 * hart.  No other hart touches a stack: what threads share is elsewhere.
 *
 * Lock: kstack_lock guards the list of idle stacks and the slots.  An idle
 * stack holds the link to the next one in its topmost word.
 */
#define STACK_PAGES (STACK_SIZE / PAGE_SIZE)
#define SLOTS       ((STACK_AREA_END - STACK_AREA) / STACK_SLOT)
#define IDLE_MAX    128
#define BATCH       32

static struct spinlock kstack_lock = SPINLOCK_INIT("kstack", RANK_KSTACK);
static uint64_t idle_top; // first idle stack, 0: none
static size_t idle_count;
uint64_t kstack_mapped;
static uint64_t used[SLOTS / 64]; // a bit per slot that has pages
static uint64_t highest_slot = STACK_AREA;

static uint64_t *link_of(uint64_t top)
{
    return (uint64_t *)top - 1;
}

/* An idle stack, or 0. */
static uint64_t take_idle(void)
{
    spin_acquire(&kstack_lock);
    kstack_sync();
    uint64_t top = idle_top;
    if (top != 0) {
        check_stack(top);
        idle_top = *link_of(top);
        idle_count--;
    }
    spin_release(&kstack_lock);
    return top;
}

/* A slot without pages, or 0. */
static uint64_t take_slot(void)
{
    uint64_t slot = 0;
    spin_acquire(&kstack_lock);
    for (size_t i = 0; i < SLOTS / 64 && slot == 0; i++) {
        if (used[i] != UINT64_MAX) {
            uint32_t bit = bit_lowest(~used[i]);
            used[i] |= 1UL << bit;
            slot = STACK_AREA + (i * 64 + bit) * STACK_SLOT;
        }
    }
    spin_release(&kstack_lock);
    return slot;
}

/* The slot has no pages (again). */
static void return_slot(uint64_t slot)
{
    uint64_t index = (slot - STACK_AREA) / STACK_SLOT;
    spin_acquire(&kstack_lock);
    used[index / 64] &= ~(1UL << index % 64);
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
    if (!is_mapped && slot != 0) {
        return_slot(slot);
    }
    if (!is_mapped) {
        page_put_all(page, n);
        return 0;
    }
    spin_acquire(&kstack_lock);
    highest_slot = max_u64(highest_slot, slot); // its table is there now
    atomic_add_full(&kstack_mapped, 1);
    kstack_sync();
    check_stack_mapped(slot + STACK_SLOT);
    spin_release(&kstack_lock);
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

/* Unmap a batch of idle stacks; false when there are none. */
static bool unmap_batch(void)
{
    uint64_t top[BATCH];
    struct page *page[BATCH * STACK_PAGES];
    size_t n = 0;
    size_t pages = 0;
    while (n < BATCH && (top[n] = take_idle()) != 0) {
        for (uint64_t va = top[n] - STACK_SIZE; va < top[n]; va += PAGE_SIZE) {
            page[pages++] = pt_unmap_kernel(va);
        }
        n++;
    }
    if (n == 0) {
        return false;
    }
    shootdown(harts_online());
    page_put_all(page, pages);
    while (n > 0) {
        return_slot(top[--n] - STACK_SLOT);
    }
    return true;
}

/* Unmap a batch if IDLE_MAX are left then. */
void kstack_trim(void)
{
    if (atomic_load_relaxed(&idle_count) >= IDLE_MAX + BATCH) {
        unmap_batch();
    }
}

bool kstack_give_back(void)
{
    bool any = false;
    while (tcb_self()->irq_depth == 0 && unmap_batch()) {
        any = true;
    }
    return any;
}

/* Idle stacks, and the tables that map all slots ever used. */
size_t kstack_idle_pages(void)
{
    size_t tables = (highest_slot - STACK_AREA) / pt_span(1) + 1;
    return idle_count * STACK_PAGES + tables;
}
