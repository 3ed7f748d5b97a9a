#include "mm/kstack.h"
#include "mm/kmap.h"
#include "mm/pagetable.h"
#include "mm/shootdown.h"
#include "sync/spinlock.h"

/*
 * Kernel stacks are recycled while mapped: a stack that is given back keeps
 * its pages and its mapping, so making a thread most often changes no page
 * table and flushes no TLB.  After many threads have ended at once, the idle
 * stacks beyond IDLE_MAX are unmapped again, and all of them when memory is
 * short.  BATCH of them share one flush of all harts, since any hart may have
 * the entries of a stack cached.
 *
 * A hart may also have cached that there is no entry.  So a hart that maps a
 * stack counts it in kstack_mapped.  Before a hart takes over an idle stack, or
 * a thread of another hart, it compares that with the count at its last fence.
 * No hart touches the stack of another thread: what threads share is elsewhere.
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
static uint64_t used[SLOTS / 64]; // a bit for each slot that has pages
static uint64_t highest_top = STACK_AREA;
uint64_t kstack_mapped;

/* The entries of a stack's pages, which are in one table; NULL when there is no
   memory for that. */
static pte_t *stack_entries(uint64_t top)
{
    return pt_walk(pt_kernel_root, top - STACK_SIZE, 0);
}

/* An idle stack, or 0. */
static uint64_t take_idle(void)
{
    spin_acquire(&kstack_lock);
    kstack_sync();
    uint64_t top = idle_top;
    if (top != 0) {
        check_stack(top);
        idle_top = ((uint64_t *)top)[-1];
        idle_count--;
    }
    spin_release(&kstack_lock);
    return top;
}

/* The top of a slot without pages, or 0. */
static uint64_t take_slot(void)
{
    uint64_t top = 0;
    spin_acquire(&kstack_lock);
    for (size_t i = 0; i < SLOTS / 64 && top == 0; i++) {
        if (used[i] != UINT64_MAX) {
            uint32_t bit = bit_lowest(~used[i]);
            used[i] |= 1UL << bit;
            top = STACK_AREA + (i * 64 + bit + 1) * STACK_SLOT;
        }
    }
    spin_release(&kstack_lock);
    return top;
}

/* Mark a slot as one without pages. */
static void return_slot(uint64_t top)
{
    uint64_t index = (top - STACK_AREA) / STACK_SLOT - 1;
    spin_acquire(&kstack_lock);
    used[index / 64] &= ~(1UL << index % 64);
    spin_release(&kstack_lock);
}

/* Map pages in the upper half of a slot; false when memory has run out. */
static bool map_stack(uint64_t top)
{
    struct page *page[STACK_PAGES];
    size_t n = 0;
    while (n < STACK_PAGES && (page[n] = page_alloc(PAGE_KERNEL)) != NULL) {
        n++;
    }
    pte_t *pte = n == STACK_PAGES ? stack_entries(top) : NULL;
    if (pte == NULL) {
        page_put_all(page, n);
        return false;
    }
    for (size_t i = 0; i < STACK_PAGES; i++) {
        pte[i] = pte_make(page_to_pa(page[i]), PTE_KERNEL | PTE_R | PTE_W);
    }
    spin_acquire(&kstack_lock);
    highest_top = max_u64(highest_top, top); // its table is there now
    atomic_add_full(&kstack_mapped, 1);
    kstack_sync();
    check_stack_mapped(top);
    spin_release(&kstack_lock);
    return true;
}

uint64_t kstack_alloc(void)
{
    uint64_t top = take_idle();
    if (top != 0) {
        return top;
    }
    top = take_slot();
    if (top != 0 && !map_stack(top)) {
        return_slot(top);
        top = 0;
    }
    return top;
}

void kstack_free(uint64_t top)
{
    check_that(top > STACK_AREA && top % STACK_SLOT == 0);
    spin_acquire(&kstack_lock);
    ((uint64_t *)top)[-1] = idle_top;
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
    while (n < BATCH && (top[n] = take_idle()) != 0) {
        pte_t *pte = stack_entries(top[n]);
        for (size_t i = 0; i < STACK_PAGES; i++) {
            page[n * STACK_PAGES + i] = page_from_pa(pte_pa(pte[i]));
            pte[i] = 0;
        }
        n++;
    }
    if (n == 0) {
        return false;
    }
    shootdown(harts_online());
    page_put_all(page, n * STACK_PAGES);
    while (n > 0) {
        return_slot(top[--n]);
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
    return tcb_self()->irq_depth == 0 && unmap_batch();
}

/* Idle stacks, and the tables that map all slots ever used. */
size_t kstack_idle_pages(void)
{
    uint64_t span = round_up(highest_top - STACK_AREA, pt_span(1));
    return idle_count * STACK_PAGES + span / pt_span(1);
}
