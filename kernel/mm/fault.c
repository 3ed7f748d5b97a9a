#include "api/errno.h"
#include "api/limits.h"
#include "lib/panic.h"
#include "lib/str.h"
#include "mm/area.h"
#include "mm/layout.h"
#include "mm/page.h"
#include "mm/pager.h"
#include "mm/pagetable.h"
#include "mm/space.h"
#include "riscv/csr.h"
#include "riscv/hart.h"
#include "riscv/pte.h"

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
 *   there, with the right      only this hart's TLB does not know yet: going
 *                              from invalid to valid flushes nothing
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

/* The page of a file area: shared if it can be, else a copy. */
static int page_from_file(const struct area *area, vaddr_t va, bool write,
                          struct page **out)
{
    uint64_t offset = va - area->start;
    uint64_t bytes = min_u64(area->file_bytes - offset, PAGE_SIZE);
    struct page *page;
    int error = file_page(area, va, write, &page);
    if (error != 0) {
        return error;
    }
    if (area->use == PAGER_SHARE) {
        *out = page;
        return 0;
    }
    bool zeros_follow = bytes < PAGE_SIZE && (area->rights & AREA_W) != 0;
    if (!write && !zeros_follow) {
        *out = page;
        return 0;
    }
    *out = copy_page(page, bytes);
    page_put(page);
    return *out == NULL ? -ENOMEM : 0;
}

/* The page that belongs at `va`, where there is none yet. */
static int page_for(const struct area *area, vaddr_t va, bool write,
                    struct page **out)
{
    if (area->pager != NULL && va - area->start < area->file_bytes) {
        return page_from_file(area, va, write, out);
    }
    *out = page_alloc_zeroed(PAGE_ANON);
    return *out == NULL ? -ENOMEM : 0;
}

/* The entry for a page of an area. */
static pte_t entry_for(const struct area *area, const struct page *page,
                       bool write)
{
    uint64_t flags = PTE_V | PTE_U | PTE_A | PTE_D;
    flags |= area->rights & (AREA_R | AREA_X);
    flags |= write ? PTE_R | PTE_W : 0;
    return pte_make(page_to_pa(page), flags);
}

/* Fill an empty entry. */
static int fill(struct space *space, const struct area *area, vaddr_t va,
                pte_t *pte, bool write)
{
    struct page *page;
    int error = page_for(area, va, write, &page);
    if (error != 0) {
        return error;
    }
    bool writable = area->use == PAGER_SHARE ? write
                                             : page->owner == PAGE_ANON &&
                                                   (area->rights & AREA_W) != 0;
    *pte = entry_for(area, page, writable);
    space->mapped++;
    if ((area->rights & AREA_X) != 0) {
        // The page may have been written by this hart just now.
        __atomic_store_n(&space->fetch_stale, UINT64_MAX, __ATOMIC_SEQ_CST);
        fetch_fence();
    }
    return 0;
}

/* Put another page in the place of a present one. */
static void replace(struct space *space, const struct area *area, pte_t *pte,
                    struct page *page)
{
    struct page *old = page_from_pa(pte_pa(*pte));
    *pte = entry_for(area, page, true);
    space_flush(space);
    page_put(old);
}

/* Make a present page writable: in a shared mapping the file's, which can have
   become another one; else the page itself if nobody else has it, or a
   copy. */
static int unshare(struct space *space, const struct area *area, vaddr_t va,
                   pte_t *pte)
{
    struct page *page = page_from_pa(pte_pa(*pte));
    struct page *other;
    int error = 0;
    if (area->use == PAGER_SHARE) {
        error = file_page(area, va, true, &other);
    } else if (page->owner == PAGE_ANON &&
               __atomic_load_n(&page->refs, __ATOMIC_ACQUIRE) == 1) {
        page_ref(page);
        other = page;
    } else {
        other = copy_page(page, PAGE_SIZE);
        error = other == NULL ? -ENOMEM : 0;
    }
    if (error == 0) {
        replace(space, area, pte, other);
    }
    return error;
}

/* Whether an entry already allows the access. */
static bool allows(pte_t pte, enum access access)
{
    return (pte & PTE_V) != 0 && (pte & access) != 0;
}

/* Make `va` accessible, which it is not, and return its entry.  Lock: the
   space's. */
static SLOW_PATH int fault_in(struct space *space, vaddr_t va,
                              enum access access, pte_t **out)
{
    const struct area *area = area_from(space, va);
    if (va < area->start || (area->rights & access) == 0) {
        return -EFAULT;
    }
    pte_t *pte = pt_make(space->root, va, 1);
    if (pte == NULL) {
        return -ENOMEM;
    }
    *out = pte;
    if ((*pte & PTE_V) != 0) {
        return unshare(space, area, round_down(va, PAGE_SIZE), pte);
    }
    return fill(space, area, round_down(va, PAGE_SIZE), pte,
                access == ACCESS_WRITE);
}

/* See that `va` is accessible and return its entry.  Lock: the space's. */
static inline int fault_locked(struct space *space, vaddr_t va,
                               enum access access, pte_t **out)
{
    *out = pt_find(space->root, va);
    return *out != NULL && allows(**out, access)
               ? 0
               : fault_in(space, va, access, out);
}

/* A fault of the program. */
int space_fault(struct space *space, vaddr_t va, enum access access)
{
    if (va >= USER_MAX) {
        return -EFAULT;
    }
    pte_t *pte;
    sleeplock_acquire(&space->lock);
    int error = fault_locked(space, va, access, &pte);
    sleeplock_release(&space->lock);
    if (error == 0) {
        tlb_flush_page(va); // the entry may be cached without the right
    }
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
        error = va < USER_MAX ? fault_locked(space, va, access, &pte) : -EFAULT;
        if (error != 0) {
            break;
        }
        page[count] = page_from_pa(pte_pa(*pte));
        page_ref(page[count]);
    }
    sleeplock_release(&space->lock);
    return count > 0 ? count : error;
}
