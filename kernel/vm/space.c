#include "vm/space.h"
#include "mm/charge.h"
#include "mm/pool.h"
#include "vm/mapping.h"

/*
 * Address spaces: how they come and go, the heap, and fork.
 *
 * 1. A leaf entry exists only inside of an area and owns a reference to its
 *    page.
 * 2. A private leaf is writable only if its page is this space's alone (one
 *    reference, owner PAGE_ANON).  fork clears the bit on both sides; the next
 *    write faults and either finds itself the last owner or takes a copy.
 *    A shared leaf is writable when it has been written to (vm/mapping.c).
 *
 * Lock: the space's sleep lock, over areas and entries; it is first in the
 * order of locks, so pages can be read from files while it is held.  Entries
 * for pages of files may be cleared by others (vm/pager.c).
 */
struct pool space_pool;

void space_init(void)
{
    charge_init();
    page_hooks.unmap = pager_give_back;
    pool_init(&space_pool, "space", sizeof(struct space));
    pool_init(&area_pool, "area", sizeof(struct area));
}

struct space *space_create(void)
{
    struct space *space = pool_alloc(&space_pool);
    if (space == NULL || !pt_create(&space->table)) {
        pool_free(&space_pool, space);
        return NULL;
    }
    sleeplock_init(&space->lock, "space", RANK_SPACE);
    list_init(&space->top.link);
    space->top.space = space;
    space->top.start = USER_MAX;
    space->top.end = UINT64_MAX;
    list_init(&space->all);
    return space;
}

/* With the areas gone, one walk finds all pages: nobody can fault any more. */
void space_destroy(struct space *space)
{
    pager_remove_space(space);
    struct area *area;
    while ((area = area_next(&space->top)) != &space->top) {
        area_writeback(area, area->start, area->end);
        area_remove(area);
    }
    area_unmap(&space->top, 0, USER_MAX);
    assert(space->mapped == 0);
    pt_destroy(&space->table);
    pool_free(&space_pool, space);
}

int space_map(struct space *space, const struct area *spec)
{
    assert(spec->start % PAGE_SIZE == 0 && spec->end % PAGE_SIZE == 0);
    struct area *above = area_from(space, spec->start);
    assert(spec->start >= PAGE_SIZE &&
           spec->end <= min_u64(above->start, USER_TOP));
    return area_add(above, spec, spec->charge) != NULL ? 0 : -ENOMEM;
}

/* ---- the heap ----------------------------------------------------------- */

/* The heap begins as an empty area above the program, so above all others. */
int space_start_heap(struct space *space, vaddr_t end)
{
    vaddr_t start = round_up(end, PAGE_SIZE);
    struct area spec = {
        .start = start, .end = start, .rights = AREA_R | AREA_W};
    space->heap = area_add(&space->top, &spec, 0);
    space->brk = start;
    return space->heap == NULL ? -ENOMEM : 0;
}

/* Move the end of the heap by `delta`; a page above it stays unmapped. */
static int heap_move(struct space *space, int64_t delta, bool lazy)
{
    assert_owned(&space->lock);
    struct area *heap = space->heap;
    vaddr_t limit = min_u64(area_next(heap)->start - PAGE_SIZE, USER_TOP);
    if (delta < 0 && space->brk - heap->start < -(uint64_t)delta) {
        return -EINVAL;
    }
    if (delta > 0 && limit - space->brk < (uint64_t)delta) {
        return -ENOMEM;
    }
    vaddr_t brk = space->brk + (uint64_t)delta;
    vaddr_t end = round_up(brk, PAGE_SIZE);
    if (end < heap->end) {
        area_cut(heap, end, heap->end);
    } else {
        uint64_t charge = lazy ? 0 : (end - heap->end) >> PAGE_SHIFT;
        if (!charge_take(charge)) {
            return -ENOMEM;
        }
        heap->charge += charge;
        heap->end = end;
    }
    space->brk = brk;
    return 0;
}

int space_grow_heap(struct space *space, int64_t delta, bool lazy, vaddr_t *old)
{
    sleeplock_acquire(&space->lock);
    *old = space->brk;
    int error = heap_move(space, delta, lazy);
    sleeplock_release(&space->lock);
    return error;
}

/* ---- fork --------------------------------------------------------------- */

/* Share the pages of n entries, of which the parent keeps the bits of `keep`;
   how many pages there are. */
static size_t share_entries(pte_t *from, pte_t *to, size_t n, pte_t keep)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++, from++, to++) {
        pte_t entry = *from;
        if ((entry & PTE_V) != 0) {
            *from = entry & keep;
            page_ref(page_from_pa(pte_pa(entry)));
            *to = entry & ~PTE_W;
            count++;
        }
    }
    return count;
}

/* Share the pages of an area: neither side may write to a private one any more;
   in a shared mapping only the child has to fault first.  false when there is
   no memory for the child's tables. */
static bool share_area(const struct area *area, struct space *child)
{
    pte_t keep = area->use == PAGER_SHARE ? ~0UL : ~PTE_W;
    struct pt_run run = pt_range(&area->space->table, area->start, area->end);
    while (pt_next(&run)) {
        pte_t *copy = pt_make(child->table.root, run.va, run.n);
        if (copy == NULL) {
            return false;
        }
        area_lock(area);
        size_t count = share_entries(run.pte, copy, run.n, keep);
        area_unlock(area);
        atomic_add_relaxed(&child->mapped, count);
    }
    return true;
}

/* Charge the parent, in advance, as many copies of pages that it is about to
   share as it is not charged yet; false when there are not so many pages. */
static bool charge_parent(struct area *area)
{
    uint64_t few = min_u64(area->filled, CHARGE_FIRST_COPIES);
    uint64_t more = few - min_u64(few, area->charge);
    bool done = charge_take(more);
    area->charge += done ? more : 0;
    return done;
}

/* Copy every area and share its pages. */
static bool fork_areas(struct space *parent, struct space *child)
{
    assert_owned(&parent->lock);
    bool done = true;
    child->brk = parent->brk;
    struct area *area = area_next(&parent->top);
    for (; done && area != &parent->top; area = area_next(area)) {
        uint64_t copies = charge_copies(area->charge + area->filled);
        struct area *copy = area_add(&child->top, area, copies);
        if (area == parent->heap) {
            child->heap = copy;
        }
        done = copy != NULL && charge_parent(area) && share_area(area, child);
    }
    pt_flush(&parent->table); // its writable pages became read-only
    return done;
}

struct space *space_fork(struct space *space)
{
    struct space *child = space_create();
    if (child == NULL) {
        return NULL;
    }
    child->table.fetch_stale = UINT64_MAX;
    sleeplock_acquire(&space->lock);
    bool done = fork_areas(space, child);
    sleeplock_release(&space->lock);
    if (!done) {
        space_destroy(child);
        return NULL;
    }
    pager_add_space(child);
    return child;
}
