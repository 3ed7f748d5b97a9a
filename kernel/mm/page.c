#include "mm/page.h"
#include "check/check.h"
#include "lib/panic.h"
#include "lib/str.h"
#include "mm/layout.h"
#include "riscv/machine.h"
#include "proc/thread.h"
#include "sync/spinlock.h"

/*
 * The allocator of physical pages.
 *
 * The table of struct page covers RAM from its lowest to its highest address.
 * Setting it up would cost instructions for each page of RAM, so nothing is
 * set up: pages are first taken, in order, from `fresh`, the ranges nobody has
 * used yet, and only a page that was used once is ever on the free list.
 *
 * 1. A page is on the free list, in the fresh ranges, or has refs > 0.
 * 2. The last RESERVE pages are for threads marked so (init, the console's
 *    shell): everyone else runs out before them.
 * 3. A freed page holds POISON_FREE in checked builds until it is taken.
 *
 * Lock: pages_lock guards the list, the ranges and the counts.
 */
#define RESERVE 64

static struct spinlock pages_lock = SPINLOCK_INIT("pages", RANK_PAGES);
static struct list free_list = {&free_list, &free_list};
static page_reclaim_fn *reclaim; // [i] after boot

uintptr_t page_origin;
struct page_counts page_counts;

/* RAM never used so far; the first range is consumed first. */
static struct region fresh[3 * MACHINE_RAM_MAX];
static int fresh_count;

/* Take [start, end) out of the fresh ranges. */
static void fresh_exclude(paddr_t start, paddr_t end)
{
    start = round_down(start, PAGE_SIZE);
    end = round_up(end, PAGE_SIZE);
    int count = fresh_count;
    for (int i = 0; i < count; i++) {
        struct region *range = &fresh[i];
        if (end <= range->start || start >= range->end) {
            continue;
        }
        struct region above = {end, range->end};
        range->end = start > range->start ? start : range->start;
        if (above.start < above.end) {
            assert(fresh_count < (int)ARRAY_LENGTH(fresh));
            fresh[fresh_count++] = above;
        }
    }
}

/* Carve `bytes` of contiguous memory out of the fresh ranges, at boot; from the
   low end, because the boot page table maps no more than a gigabyte. */
static paddr_t fresh_carve(uint64_t bytes)
{
    bytes = round_up(bytes, PAGE_SIZE);
    for (int i = 0; i < fresh_count; i++) {
        if (fresh[i].end - fresh[i].start >= bytes) {
            fresh[i].start += bytes;
            return fresh[i].start - bytes;
        }
    }
    panic("memory: no room for %lu KiB of page table, RAM is too small",
          bytes >> 10);
}

/* Take over RAM. */
void page_init(paddr_t kernel_start, paddr_t kernel_end)
{
    paddr_t low = UINT64_MAX;
    paddr_t high = 0;
    for (int i = 0; i < machine.ram_count; i++) {
        struct region ram = {round_up(machine.ram[i].start, PAGE_SIZE),
                             round_down(machine.ram[i].end, PAGE_SIZE)};
        if (ram.start >= ram.end || ram.end > LINEAR_END - LINEAR_BASE) {
            panic("device tree: RAM from 0x%lx to 0x%lx is not usable",
                  machine.ram[i].start, machine.ram[i].end);
        }
        low = min_u64(low, ram.start);
        high = max_u64(high, ram.end);
        fresh[fresh_count++] = ram;
    }
    for (int i = 0; i < machine.reserved_count; i++) {
        fresh_exclude(machine.reserved[i].start, machine.reserved[i].end);
    }
    fresh_exclude(machine.initrd.start, machine.initrd.end);
    fresh_exclude(kernel_start, kernel_end);
    uint64_t count = (high - low) >> PAGE_SHIFT;
    page_origin =
        (uintptr_t)phys_to_virt(fresh_carve(count * sizeof(struct page)));
    // Where page_of puts the lowest page is where the structs are to begin.
    page_origin -= (uintptr_t)page_of(phys_to_virt(low)) - page_origin;
    for (int i = 0; i < fresh_count; i++) {
        page_counts.total += (fresh[i].end - fresh[i].start) >> PAGE_SHIFT;
    }
    page_counts.free = page_counts.total;
}

/* A page from the fresh ranges; there is one.  Lock: pages_lock. */
static struct page *fresh_take(void)
{
    while (fresh[0].start >= fresh[0].end) {
        assert(fresh_count > 1);
        fresh[0] = fresh[--fresh_count];
    }
    struct page *page = page_from_pa(fresh[0].start);
    fresh[0].start += PAGE_SIZE;
    return page;
}

/* Take a free page unless only the reserve is left; NULL otherwise. */
static struct page *take(enum page_owner owner)
{
    size_t keep = thread_self()->may_use_reserve ? 0 : RESERVE;
    struct page *page = NULL;
    spin_acquire(&pages_lock);
    if (page_counts.free > keep) {
        struct list *link = list_pop_front(&free_list);
        if (link == NULL) {
            page = fresh_take();
        } else {
            page = list_entry(link, struct page, link);
            check_poisoned(page_address(page), PAGE_SIZE, "free page");
        }
        page_counts.free--;
        page_counts.owned[owner]++;
    }
    spin_release(&pages_lock);
    return page;
}

/* Give back what is only kept for later. */
bool page_reclaim(void)
{
    return reclaim != NULL && reclaim(RESERVE) > 0;
}

/* Take a page; when none is free, ask for clean ones back and try again. */
struct page *page_alloc(enum page_owner owner)
{
    struct page *page;
    do {
        page = check_fail_alloc() ? NULL : take(owner);
    } while (page == NULL && page_reclaim());
    if (page != NULL) {
        *page = (struct page){.refs = 1, .owner = (uint8_t)owner};
        list_init(&page->link);
    }
    return page;
}

/* Take a page of zeros. */
struct page *page_alloc_zeroed(enum page_owner owner)
{
    struct page *page = page_alloc(owner);
    if (page != NULL) {
        memset(page_address(page), 0, PAGE_SIZE);
    }
    return page;
}

/* Put pages that nobody has any more on the free list. */
static void give(struct page **pages, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        check_poison(page_address(pages[i]), PAGE_SIZE);
    }
    spin_acquire(&pages_lock);
    for (size_t i = 0; i < n; i++) {
        page_counts.owned[pages[i]->owner]--;
        pages[i]->owner = PAGE_FREE;
        list_push_front(&free_list, &pages[i]->link);
    }
    page_counts.free += n;
    spin_release(&pages_lock);
}

/* The last reference is gone. */
void page_free(struct page *page, uint32_t refs)
{
    assert(refs == 1);
    give(&page, 1);
}

/* Those that are free after it become so under one lock. */
void page_put_all(struct page **pages, size_t n)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t before =
            __atomic_fetch_sub(&pages[i]->refs, 1, __ATOMIC_ACQ_REL);
        assert(before != 0);
        if (before == 1) {
            pages[count++] = pages[i];
        }
    }
    if (count > 0) {
        give(pages, count);
    }
}

void page_set_reclaim(page_reclaim_fn *function)
{
    reclaim = function;
}
