#pragma once

#include "lib/types.h"

/*
 * What programs map and unmap by themselves.  All: Locks: takes the space's.
 * Sleeps: yes.
 */
struct area;
struct space;

/* Map `length` bytes, whole pages and no more than USER_MAX, at the highest place
   that is free.  Rights and backing are those of `spec`, which then says where.
   0 or -ENOMEM. */
int space_map_anywhere(struct space *space, struct area *spec, uint64_t length);

/* Unmap [start, end), whole pages: what mmap has mapped there, and nothing else
   may be there (-EINVAL).  0, or errors of putting pages back, -ENOMEM. */
int space_unmap(struct space *space, vaddr_t start, vaddr_t end);

/* Let what was written to shared mappings in [start, end) be part of the files:
   0, or errors of pager_ops.put_back. */
int space_put_back(struct space *space, vaddr_t start, vaddr_t end);
