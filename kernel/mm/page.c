#include "mm/page.h"
#include "mm/charge.h"
#include "mm/kstack.h"
#include "mm/layout.h"
#include "mm/zero.h"
#include "riscv/machine.h"
#include "sync/spinlock.h"

/*
 * The allocator of physical pages.
 *
 * Nothing is set up at boot, because that would cost instructions for each page
 * of RAM.  Pages are first taken from `fresh`, the ranges that were never used,
 * each from its start; only a page that was used once is ever on the free list.
 *
 * 1. A page is on the free list, in the fresh ranges, or has refs > 0, or was
 *    carved out at boot and is never given back.
 * 2. The last RESERVE pages are for threads that may use the reserve (init, the
 *    console's shell), and as many before them for those and blocks of the
 *    disk, which can be given back again.  So programs whose clean pages were
 *    taken can still go on when one program has used up everything else.
 * 3. A free page holds zeros if it is marked so; otherwise, in checked builds,
 *    it holds POISON_FREE until it is taken.
 *
 * Lock: pages_lock guards the list, the ranges and the counts.
 */
#define RESERVE 64

static struct spinlock pages_lock = SPINLOCK_INIT("pages", RANK_PAGES);
static struct list free_list = {&free_list, &free_list};
static struct regions fresh; // RAM never used so far
struct page_counts page_counts;
struct page_hooks page_hooks; // [i] after boot

/* At boot, all pages are fresh. */
static void fresh_count(void)
{
    page_counts.total = 0;
    for (int i = 0; i < fresh.count; i++) {
        page_counts.total +=
            (fresh.at[i].end - fresh.at[i].start) >> PAGE_SHIFT;
    }
    page_counts.free = page_counts.total;
}

void page_init(void)
{
    fresh = machine.free;
    fresh_count();
    page_zero_init(phys_to_virt(fresh.at[0].start));
}

paddr_t page_carve(uint64_t bytes)
{
    for (int i = 0; i < fresh.count; i++) {
        paddr_t start = round_up(fresh.at[i].start, bytes);
        if (start < fresh.at[i].end && fresh.at[i].end - start >= bytes) {
            regions_remove(&fresh, (struct region){start, start + bytes});
            fresh_count(); // a remainder may have been dropped, too
            return start;
        }
    }
    if (bytes == PAGE_SIZE) {
        panic("memory: RAM is too small for the kernel's page tables");
    }
    return 0;
}

bool page_is_fresh(paddr_t pa)
{
    return regions_cover(&fresh, (struct region){pa, pa + PAGE_SIZE});
}

/* A page from the fresh ranges; there is one.  Lock: pages_lock. */
static struct page *fresh_take(void)
{
    assert_held(&pages_lock);
    assert(fresh.count > 0);
    struct region *range = &fresh.at[fresh.count - 1];
    struct page *page = page_from_pa(range->start);
    page->is_zero = false;
    range->start += PAGE_SIZE;
    if (range->start == range->end) {
        fresh.count--;
    }
    return page;
}

/* How many pages must stay free when the current thread takes one. */
static SLOW_PATH size_t page_reserve(enum page_owner owner)
{
    size_t keep = owner == PAGE_CACHE ? RESERVE : 2 * RESERVE;
    return tcb_self()->may_use_reserve ? 0 : keep;
}

/* Take a free page unless only the reserve is left; NULL otherwise. */
static struct page *page_take(enum page_owner owner)
{
    struct page *page = NULL;
    spin_acquire(&pages_lock);
    if (page_counts.free > 2 * RESERVE ||
        page_counts.free > page_reserve(owner)) {
        struct list *link = list_pop_front(&free_list);
        if (link == NULL) {
            page = fresh_take();
        } else {
            page = list_entry(link, struct page, link);
            check_unchanged(page_address(page), PAGE_SIZE,
                            page->is_zero ? 0 : POISON_FREE, "free page");
        }
        page_counts.free--;
        page_counts.owned[owner]++;
    }
    spin_release(&pages_lock);
    return page;
}

/* Give some pages back that are only kept for later, the cheapest first; false
   when there are none. */
static bool reclaim_some(void)
{
    // Faults may bring the unmapped pages back at once, so there is a bound.
    uint64_t rounds = page_counts.total / RESERVE + 1;
    bool freed = false;
    while (page_hooks.reclaim != NULL && rounds > 0 && !freed) {
        freed = page_hooks.reclaim(RESERVE) > 0 || kstack_give_back();
        rounds = !freed && page_hooks.unmap() ? rounds - 1 : 0;
    }
    return freed;
}

void page_trim(void)
{
    page_hooks.trim();
    while (kstack_give_back()) {}
}

/* Take a page; when none is free, ask for clean ones back and try again. */
static inline struct page *page_obtain(enum page_owner owner, bool zeroed)
{
    struct page *page;
    do {
        page = check_fail_alloc() ? NULL : page_take(owner);
    } while (page == NULL && reclaim_some());
    if (page != NULL) {
        if (zeroed && !page->is_zero) {
            page_zero(page_address(page));
        }
        *page = (struct page){.refs = 1, .owner = (uint8_t)owner};
        list_init(&page->link);
    }
    return page;
}

struct page *page_alloc(enum page_owner owner)
{
    return page_obtain(owner, false);
}

struct page *page_alloc_zeroed(enum page_owner owner)
{
    return page_obtain(owner, true);
}

/* Put pages without references on the free list. */
static inline void page_give(struct page **pages, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!pages[i]->is_zero) {
            check_poison(page_address(pages[i]), PAGE_SIZE);
        }
    }
    spin_acquire(&pages_lock);
    size_t private = page_counts.owned[PAGE_ANON];
    for (size_t i = 0; i < n; i++) {
        page_counts.owned[pages[i]->owner]--;
        pages[i]->owner = PAGE_FREE;
        list_push_front(&free_list, &pages[i]->link);
    }
    private -= page_counts.owned[PAGE_ANON];
    page_counts.free += n;
    spin_release(&pages_lock);
    if (private > 0) {
        charge_give(private);
    }
}

void page_free(struct page *page, uint32_t refs)
{
    assert(refs == 1);
    page_give(&page, 1);
}

/* The pages that this frees go to the free list together. */
void page_put_all(struct page **pages, size_t n)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t before = atomic_sub_full(&pages[i]->refs, 1);
        assert(before != 0);
        if (before == 1) {
            pages[count++] = pages[i];
        }
    }
    if (count > 0) {
        page_give(pages, count);
    }
}
