#pragma once

#include "vm/area.h"

/* Put an area of mmap into the tree of its space; take it out, which must come
   before its ends move.  Lock of all: the space's. */
void areatree_insert(struct area *area);
void areatree_remove(struct area *area);

/* The first area of mmap that ends above `va`, or space->top. */
struct area *areatree_find(struct space *space, vaddr_t va);

/* The end of the highest gap of so many bytes above the heap; 0: none. */
vaddr_t areatree_gap(const struct space *space, uint64_t length);
