#include "vm/fault.h"
#include "api/limits.h"
#include "lib/str.h"
#include "mm/charge.h"
#include "mm/zero.h"
#include "riscv/csr.h"
#include "vm/space.h"

/*
 * Page faults: how an address space fills.
 *
 * An area says what should be at an address; the entry says what is.  A fault
 * makes the second agree with the first, one page at a time:
 *
 *   entry               the page that it gets
 *   a. allows it        stays: only this hart's TLB does not know yet
 *   b. empty, no file   a private page of zeros
 *   c. empty, a file    the file's own page from the block cache, for reading
 *   d. empty, a file    a private copy of that page, for writing or when, in a
 *                       writable area, zeros must follow the file's last byte
 *   e. read-only        fork shared the private page: the last owner just gets
 *                       the right to write, everyone else gets a copy
 *
 * An entry that shows the file's own page counts as empty when it is written
 * to: the page is asked for again (c, d), because without the lock of the file
 * it may cease to be the file's.  In a shared mapping it is always c, also for
 * writing; the entry becomes writable at the first write, so that a writable
 * entry tells what was written to (vm/mapping.c).
 *
 * A fault that adds a page, or a right, flushes nothing: a hart that has cached
 * what was there before faults once more, finds case a, and flushes: more than
 * that page, because it may also have cached that a table was missing.  Only a
 * fault that replaces a page flushes at once.
 *
 * Lock: the space's, over the whole of it.  A page of a file is entered before
 * the file is unlocked, so that it is still the file's (vm/pager.c).
 */

/* A private page for an area, out of its charge if there is any left: the first
   `bytes` of another page, then zeros; or (NULL) all zeros. */
static inline struct page *private_page(struct area *area,
                                        const struct page *from, size_t bytes)
{
    if (area->charge == 0) {
        if (!charge_fill(from != NULL)) {
            return NULL;
        }
        area->charge = 1;
    }
    struct page *page = page_alloc(PAGE_ANON);
    if (page == NULL) {
        return NULL;
    }
    char *to = page_address(page);
    if (from == NULL) {
        page_zero(to);
    } else {
        memcpy(to, page_address(from), bytes);
        memset(to + bytes, 0, PAGE_SIZE - bytes);
    }
    area->charge--;
    area->filled++;
    return page;
}

/* Case e: `old` itself, with one more reference, or a copy of it. */
static struct page *unshare(struct area *area, struct page *old)
{
    if (atomic_load_acquire(&old->refs) == 1) {
        page_ref(old);
        return old;
    }
    struct page *copy = private_page(area, old, PAGE_SIZE);
    area->filled -= copy != NULL; // as the old one goes
    return copy;
}

/* Let an entry of an area show a page, whose reference it takes over.  A page
   that is this space's alone can be written to at once, the file's own only
   after a write that faults. */
static inline void install_page(const struct area *area, pte_t *pte,
                                struct page *page, bool write)
{
    struct space *space = area->space;
    pte_t before = *pte;
    uint64_t flags = PTE_V | PTE_U | PTE_A | PTE_D;
    flags |= area->rights & (AREA_R | AREA_X);
    if (write || (page->owner == PAGE_ANON && (area->rights & AREA_W) != 0)) {
        flags |= PTE_R | PTE_W;
    }
    if (page->owner == PAGE_CACHE) {
        flags |= PTE_FILE;
    }
    space_settle(space);
    *pte = pte_make(page_to_pa(page), flags);
    if (before == 0) {
        atomic_add_relaxed(&space->mapped, 1);
    } else {
        if (pte_pa(before) != page_to_pa(page)) {
            pt_flush(&space->table);
        }
        page_put(page_from_pa(pte_pa(before)));
    }
    if ((area->rights & AREA_X) != 0) {
        // The page may have been written by this hart just now.
        atomic_store_release(&space->table.fetch_stale, UINT64_MAX);
        fetch_fence();
    }
}

/* Cases c and d.  Only a write to a shared mapping asks for a page that may be
   written to: loads leave a hole a hole. */
static int file_page(struct area *area, vaddr_t va, pte_t *pte, bool write)
{
    struct pager *pager = area->pager;
    bool shared = area->use == PAGER_SHARE;
    uint64_t offset = va - area->start;
    uint64_t index = area->index + (offset >> PAGE_SHIFT);
    uint64_t bytes = min_u64(area->file_bytes - offset, PAGE_SIZE);
    bool zeros_follow = bytes < PAGE_SIZE && (area->rights & AREA_W) != 0;
    struct page *page;
    int error = write && shared ? pager->ops->get_shared(pager, index, &page)
                                : pager->ops->get_page(pager, index, &page);
    if (error != 0) {
        return error == -ENOMEM ? error : -EIO;
    }
    if (!shared && (write || zeros_follow)) {
        struct page *cached = page;
        page = private_page(area, cached, bytes);
        page_put(cached);
    }
    if (page != NULL) {
        install_page(area, pte, page, write);
    }
    pager->ops->unlock(pager);
    return page == NULL ? -ENOMEM : 0;
}

/* Make `va` accessible, whose entry does not allow the access. */
static SLOW_PATH int fault_in(struct space *space, vaddr_t va,
                              enum access access)
{
    assert_owned(&space->lock);
    va = round_down(va, PAGE_SIZE);
    struct area *area = va < USER_MAX ? area_from(space, va) : NULL;
    if (area == NULL || va < area->start || (area->rights & access) == 0) {
        return -EFAULT;
    }
    pte_t *pte = pt_make(space->table.root, va, 1);
    if (pte == NULL) {
        return -ENOMEM;
    }
    bool write = access == ACCESS_WRITE;
    struct page *old = NULL; // the private page that the entry shows
    if ((*pte & (PTE_V | PTE_FILE)) == PTE_V) {
        old = page_from_pa(pte_pa(*pte));
    }
    check_that(old == NULL || write);
    if (old == NULL && area->pager != NULL &&
        va - area->start < area->file_bytes) {
        return file_page(area, va, pte, write);
    }
    struct page *page =
        old == NULL ? private_page(area, NULL, 0) : unshare(area, old);
    if (page == NULL) {
        return -ENOMEM;
    }
    install_page(area, pte, page, write);
    return 0;
}

/* The entry of `va`, or an empty one when its table is missing. */
static inline const pte_t *entry_of(const struct space *space, vaddr_t va)
{
    static const pte_t empty;
    const pte_t *pte = va < USER_MAX ? pt_find(space->table.root, va) : NULL;
    return pte != NULL ? pte : &empty;
}

int space_fault(struct space *space, vaddr_t va, enum access access)
{
    int error = 0;
    sleeplock_acquire(&space->lock);
    if ((*entry_of(space, va) & access) != 0) {
        tlb_flush_user(); // case a
    } else {
        error = fault_in(space, va, access);
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

/* The page of `va`, with a reference, if its entry allows the access; else
   NULL.  Others may clear an entry for a page of a file at any time. */
static inline struct page *hold_page(struct space *space, vaddr_t va,
                                     enum access access)
{
    struct page *page = NULL;
    struct area *area = NULL;
    const pte_t *pte = entry_of(space, va);
    if ((*pte & PTE_FILE) != 0) {
        area = area_from(space, va);
        area_lock(area);
    }
    if ((*pte & access) != 0) {
        page = page_from_pa(pte_pa(*pte));
        page_ref(page);
    }
    if (area != NULL) {
        area_unlock(area);
    }
    return page;
}

int space_hold(struct space *space, vaddr_t va, enum access access,
               struct page **page, int n)
{
    int error = 0;
    int count = 0;
    sleeplock_acquire(&space->lock);
    while (count < n && error == 0) {
        page[count] = hold_page(space, va, access);
        if (page[count] == NULL) {
            error = fault_in(space, va, access); // then look again
        } else {
            count++;
            va += PAGE_SIZE;
        }
    }
    sleeplock_release(&space->lock);
    return count > 0 ? count : error;
}
