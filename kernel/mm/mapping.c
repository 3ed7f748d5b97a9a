#include "api/errno.h"
#include "mm/area.h"
#include "mm/pagetable.h"

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

/* The area below which there is the highest gap of `length` bytes, with an
   unmapped page on either side; NULL when there is none. */
static struct area *find_gap(struct space *space, uint64_t length)
{
    struct area *above = &space->top;
    for (;;) {
        struct area *below = list_entry(above->link.prev, struct area, link);
        if (below == &space->top) {
            return NULL;
        }
        if (area_ceiling(above) >= below->end + PAGE_SIZE + length) {
            return above;
        }
        above = below;
    }
}

int space_map_anywhere(struct space *space, struct area *spec, uint64_t length)
{
    sleeplock_acquire(&space->lock);
    struct area *above = find_gap(space, length);
    int error = -ENOMEM;
    if (above != NULL) {
        spec->end = area_ceiling(above);
        spec->start = spec->end - length;
        error = area_add(above, spec) != NULL ? 0 : -ENOMEM;
    }
    sleeplock_release(&space->lock);
    return error;
}

/* ---- putting back ------------------------------------------------------- */

#define PTE_WRITTEN (1UL << 8) // left to software: is to be put back

/* Take the right to write from the entries of a stretch, make every hart forget
   it, and only then look at the pages.  They stay, as the lock is held. */
int area_put_back(struct space *space, const struct area *area, vaddr_t start,
                  vaddr_t end)
{
    int error = 0;
    vaddr_t va = start;
    pte_t *pte;
    size_t n;
    if (area->use != PAGER_SHARE) {
        return 0;
    }
    while ((n = pt_next(space->root, &va, end, &pte)) > 0) {
        for (size_t i = 0; i < n; i++) {
            if ((pte[i] & PTE_W) != 0) {
                pte[i] ^= PTE_W | PTE_WRITTEN;
            }
        }
        space_flush(space); // a write from now on faults
        for (size_t i = 0; i < n; i++, va += PAGE_SIZE) {
            if ((pte[i] & PTE_WRITTEN) != 0) {
                pte[i] &= ~PTE_WRITTEN;
                uint64_t index =
                    area->index + ((va - area->start) >> PAGE_SHIFT);
                int result = area->pager->ops->put_back(
                    area->pager, index, page_from_pa(pte_pa(pte[i])));
                error = error != 0 ? error : result;
            }
        }
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
        int result = area_put_back(space, area, max_u64(start, area->start),
                                   min_u64(end, area->end));
        error = error != 0 ? error : result;
        gap |= area->start > covered;
        covered = area->end;
    }
    sleeplock_release(&space->lock);
    return error == 0 && (gap || covered < end) ? -ENOMEM : error;
}

/* ---- unmapping ---------------------------------------------------------- */

/* Make an area of its own of what lies in an area from `at` on, with its share
   of the promise.  0 or -ENOMEM. */
static int split(struct area *area, vaddr_t at)
{
    struct area spec = *area;
    spec.charge = 0;
    struct area *upper = area_add(area_next(area), &spec);
    if (upper == NULL) {
        return -ENOMEM;
    }
    area_advance(upper, at);
    upper->charge = min_u64(area->charge, (upper->end - at) >> PAGE_SHIFT);
    area->charge -= upper->charge;
    area->end = at;
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
        int result = area_cut(space, area, max_u64(start, area->start),
                              min_u64(end, area->end));
        error = error != 0 ? error : result;
        if (area->start == area->end) {
            area_remove(area);
        }
        area = next;
    }
    sleeplock_release(&space->lock);
    return error;
}
