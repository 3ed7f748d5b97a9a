#include "vm/mapping.h"
#include "vm/space.h"

/*
 * What programs map and unmap by themselves (mmap), and the writeback of shared
 * mappings to their files.
 *
 * In a shared mapping an entry becomes writable only by a write that faults.
 * So a writable entry tells that its page was written to; writeback takes the
 * right away again.  The D bit is of no use for that: it is preset, since
 * hardware need not keep it.
 *
 * Lock: the space's.
 */

int space_map_anywhere(struct space *space, struct area *spec, uint64_t length)
{
    int error = -ENOMEM;
    sleeplock_acquire(&space->lock);
    // A page on either side stays unmapped.
    vaddr_t above = areatree_gap(space, length + 2 * PAGE_SIZE);
    if (above != 0) {
        spec->end = above - PAGE_SIZE;
        spec->start = spec->end - length;
        struct area *next = areatree_find(space, spec->start);
        error = area_add(next, spec, spec->charge) != NULL ? 0 : -ENOMEM;
    }
    sleeplock_release(&space->lock);
    return error;
}

/* ---- writeback ---------------------------------------------------------- */

/* Take the right to write from n entries and mark them as written; whether any
   had it. */
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

/* Write back the page of an entry, if it is marked and still there.  It stays
   marked meanwhile, for without a mark the pager may take it as clean when the
   writing needs memory.  If that fails, the entry is writable again, so that
   the next writeback retries. */
static int write_back_page(const struct area *area, vaddr_t va, pte_t *pte)
{
    struct page *page = NULL;
    area_lock(area);
    if ((*pte & PTE_WRITTEN) != 0) {
        page = page_from_pa(pte_pa(*pte));
        page_ref(page);
    }
    area_unlock(area);
    if (page == NULL) {
        return 0;
    }
    uint64_t index = area->index + ((va - area->start) >> PAGE_SHIFT);
    int error = area->pager->ops->writeback(area->pager, index, page);
    area_lock(area);
    if (pte_pa(*pte) == page_to_pa(page)) { // else it was unmapped
        *pte = (*pte & ~PTE_WRITTEN) | (error != 0 ? PTE_W : 0);
    }
    area_unlock(area);
    page_put(page);
    return error;
}

/* Every hart forgets the right to write before the pages are looked at. */
int area_writeback(const struct area *area, vaddr_t start, vaddr_t end)
{
    assert_space_owned(area->space);
    int error = 0;
    if (area->use != PAGER_SHARE) {
        return 0;
    }
    struct pt_run run = pt_range(&area->space->table, start, end);
    while (pt_next(&run)) {
        bool any = mark_written(area, run.pte, run.n);
        if (any) {
            pt_flush(&area->space->table); // a write from now on faults
        }
        for (size_t i = 0; any && i < run.n; i++) {
            int result =
                write_back_page(area, run.va + i * PAGE_SIZE, &run.pte[i]);
            error = error != 0 ? error : result;
        }
    }
    return error;
}

int space_writeback(struct space *space, vaddr_t start, vaddr_t end)
{
    int error = 0;
    vaddr_t covered = start;
    bool gap = false;
    sleeplock_acquire(&space->lock);
    struct area *area = area_from(space, start);
    for (; area->start < end; area = area_next(area)) {
        int result = area_writeback(area, max_u64(start, area->start),
                                    min_u64(end, area->end));
        error = error != 0 ? error : result;
        gap |= area->start > covered;
        covered = area->end;
    }
    sleeplock_release(&space->lock);
    return error == 0 && (gap || covered < end) ? -ENOMEM : error;
}

/* ---- unmapping ---------------------------------------------------------- */

int space_unmap(struct space *space, vaddr_t start, vaddr_t end)
{
    int error = 0;
    sleeplock_acquire(&space->lock);
    struct area *area = area_from(space, start);
    for (struct area *at = area; at->start < end; at = area_next(at)) {
        error = at->mapped ? error : -EINVAL;
    }
    if (error == 0 && area->start < start && end < area->end) {
        error = area_split(area, end);
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
