#pragma once

#include "mm/space.h"

/*
 * Inside of mm.  The areas of a space form a ring, by address, that begins and
 * ends with space->top.  That one lies above all user memory and allows nothing,
 * so a search by address always ends.  Lock of all: the space's.
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

/* Copy an area and link the copy in below another one; the range is free.
   NULL when memory has run out. */
struct area *area_add(struct area *above, const struct area *spec);

/* The same, and promise the memory that it wants.  0 or -ENOMEM. */
int area_add_charged(struct space *space, struct area *above,
                     const struct area *spec);

/* Unlink and free an area that maps nothing any more.  Sleeps: yes. */
void area_remove(struct area *area);

/* Unmap the pages of [start, end) of a space that is in use. */
void space_unmap_pages(struct space *space, vaddr_t start, vaddr_t end);

/* Put back the pages of an area in [start, end) that were written to, and let
   further writes to them fault.  Locks: the space's, unless nobody uses it. */
int area_put_back(struct space *space, const struct area *area, vaddr_t start,
                  vaddr_t end);
