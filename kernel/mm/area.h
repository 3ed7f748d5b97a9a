#pragma once

#include "mm/space.h"

/* Inside of mm: the area that holds `va`, or NULL.  Lock: the space's. */
struct area *area_find(struct space *space, vaddr_t va);

/* Copy an area and link the copy in before another one; the range is free.
   NULL when memory has run out. */
struct area *area_add(struct list *before, const struct area *spec);

/* The same, and promise the memory that it wants.  0 or -ENOMEM. */
int area_add_charged(struct space *space, struct list *before,
                     const struct area *spec);

/* Unlink and free an area that maps nothing any more.  Sleeps: yes. */
void area_remove(struct area *area);

/* Unmap the pages of [start, end) of a space that is in use. */
void space_unmap_pages(struct space *space, vaddr_t start, vaddr_t end);

/* Put back the pages of an area in [start, end) that were written to, and let
   further writes to them fault.  Locks: the space's, unless nobody uses it. */
int area_put_back(struct space *space, const struct area *area, vaddr_t start,
                  vaddr_t end);
