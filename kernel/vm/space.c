#include "vm/space.h"
#include "mm/charge.h"
#include "mm/pool.h"
#include "vm/view.h"

/*
 * Address spaces: their life, their areas, the heap and fork.  How pages come
 * in is in fault.c.
 *
 * 1. Areas are sorted, do not overlap and end below USER_TOP.
 * 2. A leaf entry exists only inside of an area and owns a reference to its
 *    page.
 * 3. A private leaf is writable only if its page is this space's alone (one
 *    reference, owner PAGE_ANON).  fork clears the bit on both sides; the next
 *    write faults and either finds itself the last owner or takes a copy.
 *    A shared leaf is writable when it has been written to (vm/mapping.c).
 *
 * Lock: the space's sleep lock, over areas and entries; it is first in the
 * order of locks, so pages can be read from files while it is held.  Entries
 * for pages of files may be cleared by others (vm/pager.c).
 */
struct pool space_pool;
static struct pool areas;

/* Prepare the pools. */
void space_init(void)
{
    charge_init();
    page_set_unmap(space_give_back);
    pool_init(&space_pool, "space", sizeof(struct space));
    pool_init(&areas, "area", sizeof(struct area));
}

/* An empty space. */
struct space *space_create(void)
{
    struct space *space = pool_alloc(&space_pool);
    if (space == NULL) {
        return NULL;
    }
    if (!pt_create(&space->table)) {
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

/* Copy an area and link it in. */
struct area *area_add(struct area *above, const struct area *spec,
                      uint64_t charge)
{
    struct area *area = pool_alloc(&areas);
    if (area == NULL || !charge_take(charge)) {
        pool_free(&areas, area);
        return NULL;
    }
    area->space = above->space;
    area->start = spec->start;
    area->end = spec->end;
    area->rights = spec->rights;
    area->use = spec->use;
    area->charge = (uint32_t)charge;
    area->filled = spec->filled;
    area->pager = spec->pager;
    area->index = spec->index;
    area->file_bytes = spec->file_bytes;
    area->mapped = spec->mapped;
    if (area->pager != NULL) {
        area->pager->ops->ref(area->pager, area->use);
    }
    list_push_back(&above->link, &area->link);
    if (area->mapped) {
        area_enter(area);
    }
    if (area_is_view(area)) {
        area_view(area);
    }
    return area;
}

/* Add an area. */
int space_map(struct space *space, const struct area *spec)
{
    assert(spec->start % PAGE_SIZE == 0 && spec->end % PAGE_SIZE == 0);
    struct area *above = area_from(space, spec->start);
    assert(spec->start >= PAGE_SIZE &&
           spec->end <= min_u64(above->start, USER_TOP));
    return area_add(above, spec, spec->charge) != NULL ? 0 : -ENOMEM;
}

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

/* Clear n entries; their pages go to *to.  How many there were. */
static size_t clear_entries(pte_t *pte, size_t n, struct page **to)
{
    struct page **first = to;
    for (size_t i = 0; i < n; i++, pte++) {
        if ((*pte & PTE_V) != 0) {
            *to++ = page_from_pa(pte_pa(*pte));
            *pte = 0;
        }
    }
    return (size_t)(to - first);
}

/* How many pages are private; all if the area has no file. */
static uint32_t count_private(const struct area *area, struct page **page,
                              size_t n)
{
    uint32_t count = (uint32_t)n;
    for (size_t i = 0; area->pager != NULL && i < n; i++) {
        count -= page[i]->owner == PAGE_CACHE;
    }
    return count;
}

/* Let go of pages whose entries are clear, after every hart forgot them. */
static void free_pages(struct area *area, struct page **page, size_t n)
{
    if (n > 0) {
        struct space *space = area->space;
        area->filled -= count_private(area, page, n);
        space_count(space, -n);
        pt_flush(&space->table);
        page_put_all(page, n);
    }
}

/* Unmap [start, end) of an area, in rounds of at most GATHER pages. */
static void unmap_pages(struct area *area, vaddr_t start, vaddr_t end)
{
    struct page *page[GATHER];
    size_t count = 0;
    vaddr_t va = start;
    pte_t *pte;
    size_t n;
    while ((n = pt_next(area->space->table.root, &va, end, &pte)) > 0) {
        n = min_u64(n, GATHER - count);
        area_lock(area);
        count += clear_entries(pte, n, &page[count]);
        area_unlock(area);
        va += n * PAGE_SIZE;
        if (count == GATHER) {
            free_pages(area, page, count);
            count = 0;
        }
    }
    free_pages(area, page, count);
}

void area_plan(struct area *plan, vaddr_t start, vaddr_t end)
{
    uint64_t bytes = start - plan->start;
    plan->start = start;
    plan->end = end;
    plan->index += bytes >> PAGE_SHIFT;
    plan->file_bytes -= min_u64(bytes, plan->file_bytes);
}

/* The tree has to learn of it. */
void area_narrow(struct area *area, vaddr_t start, vaddr_t end)
{
    if (area->mapped) {
        area_leave(area);
    }
    area_lock(area);
    area_plan(area, start, end);
    area_unlock(area);
    if (area->mapped) {
        area_enter(area);
    }
}

/* Make an area smaller. */
int area_cut(struct area *area, vaddr_t start, vaddr_t end)
{
    struct space *space = area->space;
    int error = area_put_back(area, start, end);
    unmap_pages(area, start, end);
    bool is_whole = start == area->start && end == area->end;
    if (is_whole && area->mapped) {
        area_leave(area);
        area_remove(area);
        space_settle(space);
        return error;
    }
    if (end == area->end) {
        area_narrow(area, area->start, start);
    } else {
        area_narrow(area, end, area->end);
    }
    space_settle(space);
    uint64_t empty = ((area->end - area->start) >> PAGE_SHIFT) - area->filled;
    if (area->charge > empty) {
        charge_give(area->charge - empty);
        area->charge = (uint32_t)empty;
    }
    return error;
}

/* Move the end of the heap by `delta`; a page above it stays unmapped. */
static int heap_move(struct space *space, int64_t delta, bool lazy)
{
    struct area *heap = space->heap;
    vaddr_t limit = area_ceiling(area_next(heap));
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
        heap->charge += (uint32_t)charge;
        heap->end = end;
    }
    space->brk = brk;
    return 0;
}

/* Move the end of the heap. */
int space_grow_heap(struct space *space, int64_t delta, bool lazy, vaddr_t *old)
{
    sleeplock_acquire(&space->lock);
    *old = space->brk;
    int error = heap_move(space, delta, lazy);
    sleeplock_release(&space->lock);
    return error;
}

/* Share the pages of an area: neither side may write to a private one any more;
   in a shared mapping only the child has to fault first.  false when there is
   no memory for the child's tables. */
static bool share_area(struct space *parent, struct space *child,
                       const struct area *area)
{
    pte_t keep = area->use == PAGER_SHARE ? ~0UL : ~PTE_W;
    vaddr_t va = area->start;
    pte_t *pte;
    size_t n;
    while ((n = pt_next(parent->table.root, &va, area->end, &pte)) > 0) {
        pte_t *copy = pt_make(child->table.root, va, n);
        if (copy == NULL) {
            return false;
        }
        size_t count = 0;
        pte_t *from = pte;
        area_lock(area);
        for (size_t i = 0; i < n; i++, from++) {
            pte_t entry = *from;
            if ((entry & PTE_V) != 0) {
                *from = entry & keep;
                page_ref(page_from_pa(pte_pa(entry)));
                copy[i] = entry & ~PTE_W;
                count++;
            }
        }
        area_unlock(area);
        space_count(child, count);
        va += n * PAGE_SIZE;
    }
    return true;
}

/* Promise the parent as many copies of pages that it is about to share as it
   has no promise for; false when there are not so many pages. */
static bool promise_copies(struct area *area)
{
    uint64_t few = min_u64(area->filled, CHARGE_FIRST_COPIES);
    uint64_t more = few > area->charge ? few - area->charge : 0;
    bool done = charge_take(more);
    area->charge += done ? (uint32_t)more : 0;
    return done;
}

/* Copy every area and share its pages; the parent's lock is held. */
static bool fork_areas(struct space *parent, struct space *child)
{
    bool done = true;
    child->brk = parent->brk;
    struct area *area = area_next(&parent->top);
    for (; done && area != &parent->top; area = area_next(area)) {
        uint64_t pages = (uint64_t)area->charge + area->filled;
        struct area *copy = area_add(&child->top, area, charge_copies(pages));
        if (area == parent->heap) {
            child->heap = copy;
        }
        done = copy != NULL && (area->filled == 0 || promise_copies(area)) &&
               share_area(parent, child, area);
    }
    pt_flush(&parent->table); // its writable pages became read-only
    return done;
}

/* Copy-on-write fork. */
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
    spaces_add(child);
    return child;
}

/* Unlink and free an area, with its promise. */
void area_remove(struct area *area)
{
    list_remove(&area->link);
    if (area_is_view(area)) {
        area_unview(area);
    }
    if (area->pager != NULL) {
        area->pager->ops->put(area->pager, area->use);
    }
    charge_give(area->charge);
    pool_free(&areas, area);
}

/* Free all that a space has. */
void space_destroy(struct space *space)
{
    spaces_remove(space);
    // Nobody can fault any more, so pages need no areas; one walk finds all.
    struct area *area;
    while ((area = area_next(&space->top)) != &space->top) {
        area_put_back(area, area->start, area->end);
        area_remove(area);
    }
    unmap_pages(&space->top, 0, USER_MAX);
    assert(space->mapped == 0);
    pt_destroy(&space->table);
    pool_free(&space_pool, space);
}
