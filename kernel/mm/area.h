#pragma once

#include "mm/layout.h"
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

/* Copy an area, promise its memory, and link the copy in below another area.
   The range is free.  NULL when memory has run out. */
struct area *area_add(struct area *above, const struct area *spec);

/* Unlink and free an area that nobody uses any more, with its promise.
   Sleeps: yes. */
void area_remove(struct area *area);

/* Let an area begin later, where nothing below is mapped. */
void area_advance(struct area *area, vaddr_t start);

/* Take [start, end) away, one end of an area or all of it: put back what was
   written to, unmap, and keep no larger a promise than there are pages.  0, or
   an error of putting back; the range is gone all the same.  Locks: the
   space's, unless nobody uses it.  Sleeps: yes. */
int area_cut(struct space *space, struct area *area, vaddr_t start,
             vaddr_t end);

/* Put back the pages of an area in [start, end) that were written to, and let
   further writes to them fault.  Locks and Sleeps: the same. */
int area_put_back(struct space *space, const struct area *area, vaddr_t start,
                  vaddr_t end);
