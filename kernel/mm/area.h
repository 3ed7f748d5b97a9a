#pragma once

#include "mm/layout.h"
#include "mm/page.h"
#include "mm/space.h"

/*
 * Inside of mm.  The areas of a space form a ring, by address, that begins and
 * ends with space->top.  That one lies above all user memory and allows
 * nothing, so a search by address always ends.  Lock of all: the space's.
 */
static inline struct area *area_next(const struct area *area)
{
    return list_entry(area->link.next, struct area, link);
}

/* The first area that ends above `va`, which is below USER_MAX: the one that
   holds `va`, if any does, or the next one. */
static inline struct area *area_from(const struct space *space, vaddr_t va)
{
    struct area *area = area_next(&space->top);
    while (va >= area->end) {
        area = area_next(area);
    }
    return area;
}

/* Where what is put below an area ends: a page stays unmapped in between. */
static inline vaddr_t area_ceiling(const struct area *above)
{
    return min_u64(above->start - PAGE_SIZE, USER_TOP);
}

/* Copy an area, with a promise of its own, and link the copy in below another
   area.  The range is free.  NULL when memory has run out. */
struct area *area_add(struct area *above, const struct area *spec,
                      uint64_t charge);

/* Unlink and free an area that nobody uses any more, with its promise.
   Sleeps: yes. */
void area_remove(struct area *area);

/* Make an area smaller, where nothing is mapped any more. */
void area_narrow(struct area *area, vaddr_t start, vaddr_t end);

/* Take [start, end) away, one end of an area or all of it: put back what was
   written to, unmap, and keep no larger a promise than there are pages.  0, or
   an error of putting back; the range is gone all the same.  Locks: the
   space's, unless nobody uses it.  Sleeps: yes. */
int area_cut(struct area *area, vaddr_t start, vaddr_t end);

/* Put back the pages of a shared area in [start, end) that were written to, and
   let further writes to them fault.  Locks and Sleeps: the same. */
int area_put_back_shared(const struct area *area, vaddr_t start, vaddr_t end);

static inline int area_put_back(const struct area *area, vaddr_t start,
                                vaddr_t end)
{
    return area->use == PAGER_SHARE ? area_put_back_shared(area, start, end)
                                    : 0;
}

/* ---- what mm/pager.c explains -------------------------------------------- */

/* Bits of an entry that are left to software. */
#define PTE_WRITTEN (1UL << 8) // is to be put back
#define PTE_FILE    (1UL << 9) // a page of a file that may change

/* Whether the file of an area may change. */
static inline bool area_is_view(const struct area *area)
{
    return area->pager != NULL && area->use != PAGER_RUN;
}

/* Around a look at the entries of an area, and around clearing them. */
static inline void area_lock(const struct area *area)
{
    if (area_is_view(area)) {
        spin_acquire(&area->pager->lock);
    }
}

static inline void area_unlock(const struct area *area)
{
    if (area_is_view(area)) {
        spin_release(&area->pager->lock);
    }
}

/* An area begins to show its file, or ends. */
void area_view(struct area *area);
void area_unview(struct area *area);

/* A space has come to be, or goes; and the pool that counts them. */
void spaces_add(struct space *space);
void spaces_remove(struct space *space);
extern struct pool space_pool;

#define GATHER 64 // pages that are freed after one flush

/* Count pages that are mapped more, or less, of a space. */
static inline void space_count(struct space *space, size_t n)
{
    atomic_add_relaxed(&space->mapped, n);
}
