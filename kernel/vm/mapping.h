#pragma once

#include "vm/area.h"

/* Map `length` bytes, whole pages and no more than USER_MAX, at the highest
   place that is free.  Rights and backing are those of `spec`, which then says
   where.  0 or -ENOMEM.  Locks: takes the space's, as do the next two. */
int space_map_anywhere(struct space *space, struct area *spec, uint64_t length);

/* Unmap [start, end), whole pages: what mmap has mapped there, and nothing else
   may be there (-EINVAL).  0, or errors of writeback, or -ENOMEM. */
int space_unmap(struct space *space, vaddr_t start, vaddr_t end);

/* Make what was written to shared mappings in [start, end) part of the files.
   0, -ENOMEM when some of it is unmapped, or errors of pager_ops.writeback. */
int space_writeback(struct space *space, vaddr_t start, vaddr_t end);

/* Do that for one area, and let further writes to it fault.  Lock: the space's,
   unless it is the caller's alone.  Sleeps: yes. */
int area_writeback(const struct area *area, vaddr_t start, vaddr_t end);
