#pragma once

#include "mm/layout.h"
#include "mm/page.h"
#include "vm/space.h"

/*
 * Inside of mm.  The areas of a space form a ring, by address, that begins and
 * ends with space->top.  That one lies above all user memory and allows
 * nothing, so a search by address always ends.  Above the heap are those that
 * mmap has made; they are in a tree, too (vm/area.c).  Lock: the space's.
 */
static inline struct area *area_next(const struct area *area)
{
    return list_entry(area->link.next, struct area, link);
}

/* Enter an area of mmap into the tree; take it out, before it changes. */
void area_enter(struct area *area);
void area_leave(struct area *area);

/* The first area of mmap that ends above `va`, or space->top. */
struct area *area_find(struct space *space, vaddr_t va);

/* The end of the highest gap of so many bytes above the heap; 0: none. */
vaddr_t area_gap(const struct space *space, uint64_t length);

/* The first area that ends above `va`, which is below USER_MAX: the one that
   holds `va`, if any does, or the next one. */
static inline struct area *area_from(struct space *space, vaddr_t va)
{
    if (space->mappings != NULL && va >> PAGE_SHIFT >= space->mappings->low) {
        return area_find(space, va);
    }
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

/* Unlink and free an area that nobody uses any more, with its promise; it is
   out of the tree, or the whole tree goes.  Sleeps: yes. */
void area_remove(struct area *area);

/* Move the ends of an area together, where nothing is mapped any more; `plan`:
   of one that is in no list yet. */
void area_narrow(struct area *area, vaddr_t start, vaddr_t end);
void area_plan(struct area *plan, vaddr_t start, vaddr_t end);

/* Take [start, end) away, one end of an area, or all of it, with which an area
   of mmap goes: put back what was
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

#define GATHER 64 // pages that are freed after one flush

/* Count pages that are mapped more, or less, of a space. */
static inline void space_count(struct space *space, size_t n)
{
    atomic_add_relaxed(&space->mapped, n);
}
