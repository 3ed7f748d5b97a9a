#include "vm/area.h"
#include "mm/charge.h"
#include "mm/pool.h"
#include "vm/mapping.h"
#include "vm/space.h"

/*
 * Areas: how they come, become smaller, and go, and how their pages go.
 * How pages come is in fault.c.
 *
 * The areas of a space form a ring, by address, that begins and ends with
 * space->top.  That one lies above all user memory and allows nothing, so a
 * search by address always ends.  Above the heap are the areas that mmap has
 * made; they are in a tree, too (vm/areatree.c).
 *
 * 1. Areas do not overlap and end below USER_TOP.
 * 2. An area with a file has a reference to its pager.
 * 3. An area is charged for empty pages, and for copies of pages that it shares
 *    since a fork.
 */
struct pool area_pool;

struct area *area_add(struct area *above, const struct area *spec,
                      uint64_t charge)
{
    assert_space_owned(above->space);
    struct area *area = pool_alloc(&area_pool);
    if (area == NULL || !charge_take(charge)) {
        pool_free(&area_pool, area);
        return NULL;
    }
    *area = *spec;
    area->space = above->space;
    area->charge = charge;
    list_push_back(&above->link, &area->link);
    if (area->mapped) {
        areatree_insert(area);
    }
    if (area->pager != NULL) {
        pager_add(area);
    }
    return area;
}

void area_remove(struct area *area)
{
    assert_space_owned(area->space);
    list_remove(&area->link);
    if (area->pager != NULL) {
        pager_remove(area);
    }
    charge_give(area->charge);
    pool_free(&area_pool, area);
}

size_t area_clear(pte_t *pte, size_t n, pte_t mask, pte_t want,
                  struct page **to)
{
    struct page **first = to;
    for (size_t i = 0; i < n; i++, pte++) {
        if ((*pte & mask) == want) {
            *to++ = page_from_pa(pte_pa(*pte));
            *pte = 0;
        }
    }
    return (size_t)(to - first);
}

/* Let go of pages whose entries are clear, after every hart has forgotten them.
   Without a file, all of them are private ones. */
static void free_pages(struct area *area, struct page **page, size_t n)
{
    if (n == 0) {
        return;
    }
    area->filled -= n;
    for (size_t i = 0; area->pager != NULL && i < n; i++) {
        area->filled += page[i]->owner == PAGE_CACHE;
    }
    atomic_add_relaxed(&area->space->mapped, -n);
    pt_flush(&area->space->table);
    page_put_all(page, n);
}

/* In rounds of at most GATHER pages. */
void area_unmap(struct area *area, vaddr_t start, vaddr_t end)
{
    assert_space_owned(area->space);
    struct page *page[GATHER];
    size_t count = 0;
    struct pt_run run = pt_range(&area->space->table, start, end);
    while (pt_next(&run)) {
        run.n = min_u64(run.n, GATHER - count);
        area_lock(area);
        count += area_clear(run.pte, run.n, PTE_V, PTE_V, &page[count]);
        area_unlock(area);
        if (count == GATHER) {
            free_pages(area, page, count);
            count = 0;
        }
    }
    free_pages(area, page, count);
}

/* Set the ends of an area anew, and with them what it shows of its file. */
static void area_set_ends(struct area *area, vaddr_t start, vaddr_t end)
{
    uint64_t bytes = start - area->start;
    area->start = start;
    area->end = end;
    area->index += bytes >> PAGE_SHIFT;
    area->file_bytes -= min_u64(bytes, area->file_bytes);
}

/* Move the ends of an area together, where nothing is mapped any more; returns
   how many pages it was charged beyond its empty ones, which it is no more. */
static uint64_t area_narrow(struct area *area, vaddr_t start, vaddr_t end)
{
    if (area->mapped) {
        areatree_remove(area);
    }
    area_lock(area);
    area_set_ends(area, start, end);
    area_unlock(area);
    if (area->mapped) {
        areatree_insert(area);
    }
    uint64_t empty = ((end - start) >> PAGE_SHIFT) - area->filled;
    uint64_t surplus = area->charge - min_u64(area->charge, empty);
    area->charge -= surplus;
    return surplus;
}

int area_cut(struct area *area, vaddr_t start, vaddr_t end)
{
    struct space *space = area->space;
    check_that(start == area->start || end == area->end);
    int error = area_writeback(area, start, end);
    area_unmap(area, start, end);
    if (area->mapped && start == area->start && end == area->end) {
        list_remove(&area->link);
        areatree_remove(area);
        area_remove(area);
    } else if (end == area->end) {
        charge_give(area_narrow(area, area->start, start));
    } else {
        charge_give(area_narrow(area, end, area->end));
    }
    space_settle(space);
    return error;
}

/* The upper part gets what the lower one cannot use of the charge. */
int area_split(struct area *area, vaddr_t at)
{
    assert(area->start < at && at < area->end);
    struct area plan = *area;
    area_set_ends(&plan, at, area->end);
    plan.filled = 0;
    struct pt_run run = pt_range(&area->space->table, at, area->end);
    area_lock(area);
    while (pt_next(&run)) {
        for (size_t i = 0; i < run.n; i++) {
            plan.filled += (run.pte[i] & (PTE_V | PTE_FILE)) == PTE_V;
        }
    }
    area_unlock(area);
    struct area *upper = area_add(area_next(area), &plan, 0);
    if (upper == NULL) {
        return -ENOMEM;
    }
    area->filled -= upper->filled;
    upper->charge = area_narrow(area, area->start, at);
    return 0;
}
