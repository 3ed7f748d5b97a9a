#include "vm/view.h"

/*
 * What programs map and unmap by themselves (mmap): finding room, taking areas
 * apart, and bringing what was written to shared mappings back to the files.
 *
 * What was written to is known from the entry: in a shared mapping it becomes
 * writable only by a write that faults, and loses the right again when the page
 * is put back.  The D bit is of no use for that: it is preset, since hardware
 * need not keep it.
 *
 * Lock: the space's.
 */

int space_map_anywhere(struct space *space, struct area *spec, uint64_t length)
{
    int error = -ENOMEM;
    sleeplock_acquire(&space->lock);
    vaddr_t above = area_gap(space, length + 2 * PAGE_SIZE); // not next to any
    if (above != 0) {
        spec->end = above - PAGE_SIZE;
        spec->start = spec->end - length;
        struct area *next = area_find(space, spec->start);
        error = area_add(next, spec, spec->charge) != NULL ? 0 : -ENOMEM;
    }
    sleeplock_release(&space->lock);
    return error;
}

/* ---- putting back ------------------------------------------------------- */

/* Take the right to write from n entries; whether any had it. */
static bool mark_written(const struct area *area, pte_t *pte, size_t n)
{
    bool any = false;
    area_lock(area);
    for (size_t i = 0; i < n; i++) {
        if ((pte[i] & PTE_W) != 0) {
            pte[i] ^= PTE_W | PTE_WRITTEN;
            any = true;
        }
    }
    area_unlock(area);
    return any;
}

/* Put back the page of an entry, if it is marked and still there. */
static int put_back_page(const struct area *area, vaddr_t va, pte_t *pte)
{
    struct page *page = NULL;
    area_lock(area);
    if ((*pte & PTE_WRITTEN) != 0) {
        *pte &= ~PTE_WRITTEN;
        page = page_from_pa(pte_pa(*pte));
        page_ref(page);
    }
    area_unlock(area);
    if (page == NULL) {
        return 0;
    }
    uint64_t index = area->index + ((va - area->start) >> PAGE_SHIFT);
    int error = area->pager->ops->put_back(area->pager, index, page);
    area_lock(area);
    if (error != 0 && *pte != 0 && pte_pa(*pte) == page_to_pa(page)) {
        *pte |= PTE_W; // so that it is tried again
    }
    area_unlock(area);
    page_put(page);
    return error;
}

/* Take the right to write from the entries of a stretch, make every hart forget
   it, and only then look at the pages. */
int area_put_back_shared(const struct area *area, vaddr_t start, vaddr_t end)
{
    int error = 0;
    vaddr_t va = start;
    pte_t *pte;
    size_t n;
    while ((n = pt_next(area->space->table.root, &va, end, &pte)) > 0) {
        bool any = mark_written(area, pte, n);
        if (any) {
            pt_flush(&area->space->table); // a write from now on faults
        }
        for (size_t i = 0; any && i < n; i++) {
            int result = put_back_page(area, va + i * PAGE_SIZE, &pte[i]);
            error = error != 0 ? error : result;
        }
        va += n * PAGE_SIZE;
    }
    return error;
}

int space_put_back(struct space *space, vaddr_t start, vaddr_t end)
{
    int error = 0;
    vaddr_t covered = start;
    bool gap = false;
    sleeplock_acquire(&space->lock);
    struct area *area = area_from(space, start);
    for (; area->start < end; area = area_next(area)) {
        int result = area_put_back(area, max_u64(start, area->start),
                                   min_u64(end, area->end));
        error = error != 0 ? error : result;
        gap |= area->start > covered;
        covered = area->end;
    }
    sleeplock_release(&space->lock);
    return error == 0 && (gap || covered < end) ? -ENOMEM : error;
}

/* ---- unmapping ---------------------------------------------------------- */

/* How many pages of an area from `va` on are private. */
static uint32_t count_filled(const struct area *area, vaddr_t va)
{
    uint32_t count = 0;
    pte_t *pte;
    size_t n;
    area_lock(area);
    while ((n = pt_next(area->space->table.root, &va, area->end, &pte)) > 0) {
        for (; n > 0; n--, pte++, va += PAGE_SIZE) {
            count +=
                *pte != 0 && page_from_pa(pte_pa(*pte))->owner == PAGE_ANON;
        }
    }
    area_unlock(area);
    return count;
}

/* Make an area of its own of what lies in an area from `at` on, with its share
   of the promise.  0 or -ENOMEM. */
static int split(struct area *area, vaddr_t at)
{
    struct area plan = *area;
    area_plan(&plan, at, area->end);
    struct area *upper = area_add(area_next(area), &plan, 0);
    if (upper == NULL) {
        return -ENOMEM;
    }
    upper->filled = count_filled(area, at);
    area_narrow(area, area->start, at);
    area->filled -= upper->filled;
    uint64_t empty = ((upper->end - at) >> PAGE_SHIFT) - upper->filled;
    upper->charge = (uint32_t)min_u64(area->charge, empty);
    area->charge -= upper->charge;
    return 0;
}

int space_unmap(struct space *space, vaddr_t start, vaddr_t end)
{
    int error = 0;
    sleeplock_acquire(&space->lock);
    struct area *area = area_from(space, start);
    for (struct area *at = area; at->start < end; at = area_next(at)) {
        error = at->mapped ? error : -EINVAL;
    }
    if (error == 0 && area->start < start && end < area->end) {
        error = split(area, end);
    }
    bool goes = error == 0;
    while (goes && area->start < end) {
        struct area *next = area_next(area);
        int result = area_cut(area, max_u64(start, area->start),
                              min_u64(end, area->end));
        error = error != 0 ? error : result;
        area = next;
    }
    sleeplock_release(&space->lock);
    return error;
}
