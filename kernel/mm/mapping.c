#include "mm/mapping.h"
#include "api/errno.h"
#include "mm/area.h"
#include "mm/layout.h"
#include "mm/page.h"
#include "mm/pager.h"
#include "mm/pagetable.h"
#include "mm/space.h"
#include "riscv/pte.h"

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
        if (above->start - below->end >= length + 2 * PAGE_SIZE) {
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
        spec->end = above->start - PAGE_SIZE;
        spec->start = spec->end - length;
        error = area_add_charged(space, above, spec);
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
    while (area->use == PAGER_SHARE &&
           (n = pt_next(space->root, &va, end, &pte)) > 0) {
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
    sleeplock_acquire(&space->lock);
    struct area *area = area_from(space, start);
    for (; area->start < end; area = area_next(area)) {
        int result = area_put_back(space, area, max_u64(start, area->start),
                                   min_u64(end, area->end));
        error = error != 0 ? error : result;
    }
    sleeplock_release(&space->lock);
    return error;
}

/* ---- unmapping ---------------------------------------------------------- */

/* Give back the promise for a part of an area that goes. */
static void give_charge(struct space *space, const struct area *area,
                        uint64_t bytes)
{
    if (area->use != PAGER_SHARE && (area->rights & AREA_W) != 0) {
        space->charged -= bytes >> PAGE_SHIFT;
        charge_give(bytes >> PAGE_SHIFT);
    }
}

/* Let an area begin later. */
static void cut_front(struct area *area, vaddr_t start)
{
    uint64_t bytes = start - area->start;
    area->start = start;
    area->index += bytes >> PAGE_SHIFT;
    area->file_bytes -= min_u64(bytes, area->file_bytes);
}

/* Take [start, end) out of an area, which it lies in.  0 or -ENOMEM, when that
   would make two of it. */
static int cut(struct space *space, struct area *area, vaddr_t start,
               vaddr_t end)
{
    if (start > area->start && end < area->end) {
        struct area *upper = area_add(area_next(area), area);
        if (upper == NULL) {
            return -ENOMEM;
        }
        cut_front(upper, end);
    }
    // commit: nothing below fails
    space_unmap_pages(space, start, end);
    give_charge(space, area, end - start);
    if (start > area->start) {
        area->end = start;
    } else if (end < area->end) {
        cut_front(area, end);
    } else {
        area_remove(area);
    }
    return 0;
}

/* Whether all that lies in a range was mapped by mmap. */
static bool may_unmap(const struct space *space, vaddr_t start, vaddr_t end)
{
    const struct area *area = area_from(space, start);
    while (area->start < end && area->mapped) {
        area = area_next(area);
    }
    return area->start >= end;
}

int space_unmap(struct space *space, vaddr_t start, vaddr_t end)
{
    sleeplock_acquire(&space->lock);
    int error = may_unmap(space, start, end) ? 0 : -EINVAL;
    bool cut_all = error != 0;
    while (!cut_all) {
        struct area *area = area_from(space, start);
        cut_all = area->start >= end;
        if (!cut_all) {
            vaddr_t from = max_u64(start, area->start);
            vaddr_t to = min_u64(end, area->end);
            int result = area_put_back(space, area, from, to);
            error = error != 0 ? error : result;
            result = cut(space, area, from, to);
            cut_all = result != 0;
            error = result != 0 ? result : error;
        }
    }
    sleeplock_release(&space->lock);
    return error;
}
