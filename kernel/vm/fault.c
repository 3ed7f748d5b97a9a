#include "api/limits.h"
#include "lib/str.h"
#include "mm/charge.h"
#include "vm/view.h"
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
 * flushes: more than that page, because it may also have cached that a table
 * was missing.  Only one that replaces a page flushes at once.
 *
 * In a shared mapping it is always the file's own page.  It becomes writable at
 * the first write, so that a writable entry tells what was written to
 * (vm/mapping.c).
 *
 * Lock: the space's, over the whole of it.  A page of a file is entered before
 * the file is unlocked, so that it is still the file's (vm/pager.c).
 */

/* A private page for an area, which was promised to it or not. */
static struct page *fill(struct area *area, bool is_copy)
{
    if (area->charge == 0) {
        if (!charge_fill(is_copy)) {
            return NULL;
        }
        area->charge = 1;
    }
    struct page *page = page_alloc(PAGE_ANON);
    if (page != NULL) {
        area->charge--;
        area->filled++;
    }
    return page;
}

/* A private copy of a page; the caller keeps its reference to the old one. */
static inline struct page *copy_page(struct area *area, const struct page *from,
                                     size_t bytes)
{
    struct page *copy = fill(area, true);
    if (copy != NULL) {
        char *to = page_address(copy);
        memcpy(to, page_address(from), bytes);
        memset(to + bytes, 0, PAGE_SIZE - bytes);
    }
    return copy;
}

/* The file's own page, and the file locked.  Only a shared mapping that writes
   asks for one that it may write to: loads leave a hole what it is. */
static int file_page(const struct area *area, vaddr_t va, bool write,
                     struct page **out)
{
    const struct pager_ops *ops = area->pager->ops;
    uint64_t index = area->index + ((va - area->start) >> PAGE_SHIFT);
    int error = write && area->use == PAGER_SHARE
                    ? ops->get_shared(area->pager, index, out)
                    : ops->get_page(area->pager, index, out);
    return error == 0 || error == -ENOMEM ? error : -EIO;
}

/* The page of a file area, and the file locked: its own if it can be, else a
   copy. */
static int page_from_file(struct area *area, vaddr_t va, bool write,
                          struct page **out)
{
    uint64_t bytes = min_u64(area->file_bytes - (va - area->start), PAGE_SIZE);
    bool zeros_follow = bytes < PAGE_SIZE && (area->rights & AREA_W) != 0;
    int error = file_page(area, va, write, out);
    if (error != 0 || area->use == PAGER_SHARE || (!write && !zeros_follow)) {
        return error;
    }
    struct page *page = *out;
    *out = copy_page(area, page, bytes);
    page_put(page);
    if (*out == NULL) {
        area->pager->ops->unlock(area->pager);
        return -ENOMEM;
    }
    return 0;
}

/* A private page, with a reference, where there is `old` now; NULL: nothing.
   Only a write asks for another page than the one there. */
static int private_page(struct area *area, struct page *old, struct page **out)
{
    if (old == NULL) {
        *out = fill(area, false);
        if (*out != NULL) {
            page_zero(page_address(*out));
        }
    } else if (atomic_load_acquire(&old->refs) == 1) {
        page_ref(old);
        *out = old;
    } else {
        *out = copy_page(area, old, PAGE_SIZE);
        area->filled -= *out != NULL; // as the old one goes
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
    if (page->owner == PAGE_CACHE && area_is_view(area)) {
        flags |= PTE_FILE;
    }
    return pte_make(page_to_pa(page), flags);
}

/* Let an entry be for a page, whose reference it takes over, instead of what is
   there now. */
static void install(struct space *space, pte_t *pte, pte_t entry)
{
    pte_t before = *pte;
    space_settle(space);
    *pte = entry;
    if (before == 0) {
        space_count(space, 1);
        return;
    }
    if (pte_pa(before) != pte_pa(entry)) {
        pt_flush(&space->table);
    }
    page_put(page_from_pa(pte_pa(before)));
}

/* The page of an entry, with a reference, if it allows an access. */
static struct page *hold_entry(const struct area *area, const pte_t *pte,
                               enum access access)
{
    struct page *page = NULL;
    area_lock(area);
    if ((*pte & access) != 0) {
        page = page_from_pa(pte_pa(*pte));
        page_ref(page);
    }
    area_unlock(area);
    return page;
}

/* The page of an entry, if it is private.  NULL: there is none, or one of a
   file; that is got anew, since it may be gone before it is copied. */
static struct page *private_of(pte_t entry)
{
    if ((entry & (PTE_V | PTE_FILE)) != PTE_V) {
        return NULL;
    }
    struct page *page = page_from_pa(pte_pa(entry));
    return page->owner == PAGE_ANON ? page : NULL;
}

/* Make `va` accessible and, unless *out is NULL, return its page with a
   reference.  Lock: the space's. */
static SLOW_PATH int fault_in(struct space *space, vaddr_t va,
                              enum access access, struct page **out)
{
    struct area *area = va < USER_MAX ? area_from(space, va) : NULL;
    if (area == NULL || va < area->start || (area->rights & access) == 0) {
        return -EFAULT;
    }
    pte_t *pte = pt_make(space->table.root, va, 1);
    if (pte == NULL) {
        return -ENOMEM;
    }
    if (out != NULL && (*out = hold_entry(area, pte, access)) != NULL) {
        return 0;
    }
    bool write = access == ACCESS_WRITE;
    struct page *page = private_of(*pte);
    va = round_down(va, PAGE_SIZE);
    bool has_file = page == NULL && area->pager != NULL &&
                    va - area->start < area->file_bytes;
    int error = has_file ? page_from_file(area, va, write, &page)
                         : private_page(area, page, &page);
    if (error != 0) {
        return error;
    }
    if (out != NULL) {
        page_ref(page);
        *out = page;
    }
    install(space, pte, entry_for(area, page, write));
    if (has_file) {
        area->pager->ops->unlock(area->pager);
    }
    if ((area->rights & AREA_X) != 0) {
        // The page may have been written by this hart just now.
        atomic_store_release(&space->table.fetch_stale, UINT64_MAX);
        fetch_fence();
    }
    return 0;
}

/* The entry of `va`, 0 if there is none.  Lock: the space's. */
static inline pte_t entry_of(const struct space *space, vaddr_t va)
{
    const pte_t *pte = va < USER_MAX ? pt_find(space->table.root, va) : NULL;
    return pte == NULL ? 0 : *pte;
}

/* A fault of the program. */
int space_fault(struct space *space, vaddr_t va, enum access access)
{
    int error = 0;
    sleeplock_acquire(&space->lock);
    if ((entry_of(space, va) & access) != 0) {
        tlb_flush_user(); // this hart has cached what was there before
    } else {
        error = fault_in(space, va, access, NULL);
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
        pte_t entry = entry_of(space, va);
        if ((entry & access) != 0 && (entry & PTE_FILE) == 0) {
            page[count] = page_from_pa(pte_pa(entry));
            page_ref(page[count]);
            continue;
        }
        error = fault_in(space, va, access, &page[count]);
        if (error != 0) {
            break;
        }
    }
    sleeplock_release(&space->lock);
    return count > 0 ? count : error;
}
