#include "api/errno.h"
#include "api/limits.h"
#include "lib/str.h"
#include "mm/area.h"
#include "mm/pagetable.h"
#include "riscv/csr.h"

/*
 * Page faults: how an address space fills.
 *
 * An area says what should be at an address; the entry says what is.  A fault
 * makes the second agree with the first, one page at a time:
 *
 *   nothing there, no file     a page of zeros
 *   nothing there, a file      the file's own page from the block cache, for
 *                              reading; a private copy of it, for writing or
 *                              when, in a writable area, zeros must follow the
 *                              file's last byte
 *   there, but not writable    fork shared it: the last owner just gets the
 *                              right to write, everyone else a copy
 *   there, with the right      only this hart's TLB does not know yet
 *
 * A fault that adds a page, or a right, flushes nothing: a hart that has cached
 * what was there before faults once more, finds the last of these cases, and
 * flushes that page.  Only one that replaces a page flushes at once.
 *
 * In a shared mapping it is always the file's own page.  It becomes writable at
 * the first write, so that a writable entry tells what was written to
 * (mm/mapping.c).
 *
 * Lock: the space's, over the whole of it.
 */

/* A private copy of a page; the caller keeps its reference to the old one. */
static struct page *copy_page(const struct page *from, size_t bytes)
{
    struct page *copy = page_alloc(PAGE_ANON);
    if (copy != NULL) {
        char *to = page_address(copy);
        memcpy(to, page_address(from), bytes);
        memset(to + bytes, 0, PAGE_SIZE - bytes);
    }
    return copy;
}

/* The file's own page.  A shared mapping that may write does not map holes, or
   it would not see what others write there; but if nothing can be written, what
   is there can still be read. */
static int file_page(const struct area *area, vaddr_t va, bool write,
                     struct page **out)
{
    const struct pager_ops *ops = area->pager->ops;
    uint64_t index = area->index + ((va - area->start) >> PAGE_SHIFT);
    bool fills = area->use == PAGER_SHARE;
    int error = fills ? ops->get_shared(area->pager, index, out) : -EROFS;
    if (error == -EROFS && !(fills && write)) {
        error = ops->get_page(area->pager, index, out);
    }
    return error == 0 || error == -ENOMEM ? error : -EIO;
}

/* The page of a file area: the file's own if it can be, else a copy. */
static int page_from_file(const struct area *area, vaddr_t va, bool write,
                          struct page **out)
{
    uint64_t bytes = min_u64(area->file_bytes - (va - area->start), PAGE_SIZE);
    bool zeros_follow = bytes < PAGE_SIZE && (area->rights & AREA_W) != 0;
    int error = file_page(area, va, write, out);
    if (error != 0 || area->use == PAGER_SHARE || (!write && !zeros_follow)) {
        return error;
    }
    struct page *page = *out;
    *out = copy_page(page, bytes);
    page_put(page);
    return *out == NULL ? -ENOMEM : 0;
}

/* The page that belongs at `va`, with a reference, where there is `old` now;
   NULL: nothing.  Only a write asks for another page than the one there. */
static int page_for(const struct area *area, vaddr_t va, bool write,
                    struct page *old, struct page **out)
{
    bool has_file = area->pager != NULL && va - area->start < area->file_bytes;
    if (has_file && (old == NULL || area->use == PAGER_SHARE)) {
        return page_from_file(area, va, write, out);
    }
    if (old == NULL) {
        *out = page_alloc_zeroed(PAGE_ANON);
    } else if (old->owner == PAGE_ANON &&
               atomic_load_acquire(&old->refs) == 1) {
        page_ref(old);
        *out = old;
    } else {
        *out = copy_page(old, PAGE_SIZE);
    }
    return *out == NULL ? -ENOMEM : 0;
}

/* The entry for a page of an area.  A page that is this space's alone can be
   written to at once, the file's own only after a write that faults. */
static pte_t entry_for(const struct area *area, const struct page *page,
                       bool write)
{
    uint64_t flags = PTE_V | PTE_U | PTE_A | PTE_D;
    flags |= area->rights & (AREA_R | AREA_X);
    if (write || (page->owner == PAGE_ANON && (area->rights & AREA_W) != 0)) {
        flags |= PTE_R | PTE_W;
    }
    return pte_make(page_to_pa(page), flags);
}

/* Make `va` accessible, which it is not, and return its entry.  Lock: the
   space's. */
static SLOW_PATH int fault_in(struct space *space, vaddr_t va,
                              enum access access, pte_t **out)
{
    bool write = access == ACCESS_WRITE;
    const struct area *area = va < USER_MAX ? area_from(space, va) : NULL;
    if (area == NULL || va < area->start || (area->rights & access) == 0) {
        return -EFAULT;
    }
    pte_t *pte = pt_make(space->root, va, 1);
    if (pte == NULL) {
        return -ENOMEM;
    }
    struct page *old = *pte != 0 ? page_from_pa(pte_pa(*pte)) : NULL;
    struct page *page;
    int error = page_for(area, round_down(va, PAGE_SIZE), write, old, &page);
    if (error != 0) {
        return error;
    }
    *out = pte;
    *pte = entry_for(area, page, write);
    if (old != NULL) {
        if (old != page) {
            space_flush(space);
        }
        page_put(old);
        return 0;
    }
    space->mapped++;
    if ((area->rights & AREA_X) != 0) {
        // The page may have been written by this hart just now.
        atomic_store_release(&space->fetch_stale, UINT64_MAX);
        fetch_fence();
    }
    return 0;
}

/* Whether `va` is accessible already; *out is its entry, or NULL.  Lock: the
   space's. */
static inline bool is_there(struct space *space, vaddr_t va, enum access access,
                            pte_t **out)
{
    *out = va < USER_MAX ? pt_find(space->root, va) : NULL;
    return *out != NULL && (**out & access) != 0;
}

/* A fault of the program. */
int space_fault(struct space *space, vaddr_t va, enum access access)
{
    int error = 0;
    pte_t *pte;
    sleeplock_acquire(&space->lock);
    if (is_there(space, va, access, &pte)) {
        tlb_flush_page(va); // this hart has cached what was there before
    } else {
        error = fault_in(space, va, access, &pte);
    }
    sleeplock_release(&space->lock);
    return error;
}

/* In words: right below the stack, and in no area, it has overflowed. */
const char *space_explain(struct space *space, vaddr_t va)
{
    vaddr_t stack = USER_STACK_TOP - STACKBYTES;
    if (va < stack && stack - va <= STACKBYTES) {
        return "stack overflow";
    }
    sleeplock_acquire(&space->lock);
    bool is_mapped = va < USER_MAX && va >= area_from(space, va)->start;
    sleeplock_release(&space->lock);
    return is_mapped ? "not allowed there" : "bad address";
}

/* Make accessible, and hold the pages against being freed. */
int space_hold(struct space *space, vaddr_t va, enum access access,
               struct page **page, int n)
{
    int error = 0;
    int count = 0;
    sleeplock_acquire(&space->lock);
    for (; count < n; count++, va += PAGE_SIZE) {
        pte_t *pte;
        error = is_there(space, va, access, &pte)
                    ? 0
                    : fault_in(space, va, access, &pte);
        if (error != 0) {
            break;
        }
        page[count] = page_from_pa(pte_pa(*pte));
        page_ref(page[count]);
    }
    sleeplock_release(&space->lock);
    return count > 0 ? count : error;
}
