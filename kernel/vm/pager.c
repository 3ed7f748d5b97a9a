#include "vm/pager.h"
#include "mm/pool.h"
#include "mm/shootdown.h"
#include "vm/space.h"

/*
 * From the pages of files to the entries that show them.
 *
 * A mapping and its file must agree at every moment, whatever processes do to
 * either.  The file's pages are shown in place, so what is stored in one is
 * seen in the other.  But a page can cease to be the file's (when the file is
 * truncated), and another can take the place of the page of zeros (when a hole
 * is filled).  Then no entry may show the old page any longer.
 *
 * 1. Areas that show a file as it may change, its views, are on the list of
 *    its pager.  Areas of a running program are not: its file cannot change.
 * 2. An entry with PTE_FILE shows the page that the file has there.  In a view
 *    it is made, or replaced, only between pager_ops.get_page and unlock, which
 *    hold off everyone who would change that (fs: the inode's lock).
 * 3. A change to which pages a file has is made under that lock, too, and calls
 *    pager_unmap.  So a fault comes before that, and its entry is cleared, or
 *    after it, and finds the new page.
 * 4. pager_unmap must not wait for the lock of an address space, which is first
 *    in the order of locks.  So it holds the pager's spinlock to clear entries,
 *    and the space's own thread takes that, too, to look at entries of a view
 *    without the file's lock (area_lock): those with PTE_FILE may be gone then.
 * 5. Entries that are cleared like that are flushed only after the locks are
 *    released, which may take a while; until then a hart may use the old page.
 *    So the space's own thread flushes before it maps anything else there
 *    (space_settle).
 *
 * When memory is short, clean pages of files are taken out of the entries of
 * all spaces: then the cache can free them, and a fault brings them back.  A
 * page is clean when its entry is not writable: a shared one becomes so again
 * by writeback.  This needs the space's lock, which is tried and not waited
 * for.  The thread may hold that of its own space, as it asks for memory in a
 * fault.  So after any allocation entries for pages of files may be gone, in
 * any area.
 */
static struct spinlock spaces_lock = SPINLOCK_INIT("spaces", RANK_SPACES);
static struct list spaces = {&spaces, &spaces}; // the next to give back first

void pager_init(struct pager *pager, const struct pager_ops *ops)
{
    pager->ops = ops;
    spin_init(&pager->lock, "pager", RANK_PAGER);
    list_init(&pager->areas);
}

void pager_add(struct area *area)
{
    area->pager->ops->ref(area->pager, area->use);
    if (area_is_view(area)) {
        area_lock(area);
        list_push_back(&area->pager->areas, &area->viewer);
        area_unlock(area);
    }
}

void pager_remove(struct area *area)
{
    if (area_is_view(area)) {
        area_lock(area);
        list_remove(&area->viewer);
        area_unlock(area);
    }
    area->pager->ops->put(area->pager, area->use);
}

/* Pages that were taken out of entries, to be let go of after one flush. */
struct haul {
    size_t count;
    uint64_t harts; // that may have cached the entries
    struct page *page[GATHER];
};

/* Take pages of files out of the entries of an area from `va` to `end`, where
   the bits of `mask` are `want`, until the haul is full; returns where to go
   on.  Locks: area_lock, and the space's unless all entries have PTE_FILE. */
static vaddr_t haul_take(struct haul *haul, const struct area *area, vaddr_t va,
                         vaddr_t end, pte_t mask, pte_t want)
{
    struct space *space = area->space;
    size_t before = haul->count;
    struct pt_run run = pt_range(&space->table, va, end);
    while (haul->count < GATHER && pt_next(&run)) {
        run.n = min_u64(run.n, GATHER - haul->count);
        haul->count +=
            area_clear(run.pte, run.n, mask, want, &haul->page[haul->count]);
    }
    if (haul->count > before) {
        atomic_store_relaxed(&space->flush_due, 1); // see 5
        atomic_add_relaxed(&space->mapped, before - haul->count);
        haul->harts |= atomic_load_full(&space->table.harts);
    }
    return run.va + run.n * PAGE_SIZE;
}

/* Flush, then let go of the pages. */
static void haul_free(struct haul *haul)
{
    if (haul->count > 0) {
        shootdown(haul->harts);
        page_put_all(haul->page, haul->count);
    }
}

/* ---- files that change -------------------------------------------------- */

/* Take pages [index, end) of a file out of the entries of all views; whether
   some may be left. */
static bool unmap_some(struct pager *pager, uint64_t index, uint64_t end)
{
    struct haul haul = {0};
    spin_acquire(&pager->lock);
    list_for_each (link, &pager->areas) {
        const struct area *area = list_entry(link, struct area, viewer);
        uint64_t pages = (area->end - area->start) >> PAGE_SHIFT;
        uint64_t from = max_u64(index, area->index) - area->index;
        uint64_t to = end > area->index ? min_u64(end - area->index, pages) : 0;
        haul_take(&haul, area, area->start + from * PAGE_SIZE,
                  area->start + to * PAGE_SIZE, PTE_FILE, PTE_FILE);
    }
    spin_release(&pager->lock);
    haul_free(&haul);
    return haul.count == GATHER;
}

/* In steps, so that none looks through what one before has cleared.  A view
   that is added meanwhile has no entries yet, and a fault has to wait. */
void pager_unmap(struct pager *pager, uint64_t index, uint64_t end)
{
    bool any = atomic_load_relaxed(&pager->areas.next) != &pager->areas;
    for (uint64_t next; any && index < end; index = next) {
        next = min_u64(index + PT_ENTRIES, end);
        while (unmap_some(pager, index, next)) {}
    }
}

/* ---- memory that is short ----------------------------------------------- */

void pager_add_space(struct space *space)
{
    spin_acquire(&spaces_lock);
    list_push_back(&spaces, &space->all);
    spin_release(&spaces_lock);
}

void pager_remove_space(struct space *space)
{
    spin_acquire(&spaces_lock);
    list_remove(&space->all);
    spin_release(&spaces_lock);
}

#define STRETCH (1024 * PAGE_SIZE) // that is looked through at once

/* Take clean pages out of the next stretch of a space, from its hand on; false
   when there is none.  Lock: the space's. */
static bool take_clean(struct haul *haul, struct space *space)
{
    assert_owned(&space->lock);
    const struct area *area = area_from(space, space->hand);
    while (area->pager == NULL && area != &space->top) {
        area = area_next(area);
    }
    if (area == &space->top) {
        space->hand = 0;
        return false;
    }
    vaddr_t va = max_u64(space->hand, area->start);
    vaddr_t end = min_u64(va + STRETCH, area->end);
    area_lock(area);
    va = haul_take(haul, area, va, end, PTE_FILE | PTE_W | PTE_WRITTEN,
                   PTE_FILE);
    area_unlock(area);
    space->hand = min_u64(va, end);
    return true;
}

/* Take clean pages out of the first space of the list, unless its own thread is
   at work in it.  One that has no more, which is false, goes to the end. */
static bool visit_first(struct haul *haul)
{
    spin_acquire(&spaces_lock);
    struct space *space = list_entry(spaces.next, struct space, all);
    bool is_own = sleeplock_is_held(&space->lock);
    bool more = false;
    if (is_own || sleeplock_try(&space->lock)) {
        more = take_clean(haul, space);
        if (!is_own) {
            sleeplock_release(&space->lock);
        }
    }
    if (!more) {
        list_remove(&space->all);
        list_push_back(&spaces, &space->all);
    }
    spin_release(&spaces_lock);
    return more;
}

bool pager_give_back(void)
{
    struct haul haul = {0};
    int64_t left = atomic_load_relaxed(&space_pool.live); // to go through
    if (tcb_self()->irq_depth > 0 || list_is_empty(&spaces)) {
        return false; // with a spinlock held nothing can be flushed
    }
    while (haul.count < GATHER && left > 0) {
        left -= visit_first(&haul) ? 0 : 1;
    }
    haul_free(&haul);
    return haul.count > 0;
}
