#pragma once

#include "sched/sleeplock.h"
#include "sched/thread.h"
#include "vm/area.h"
#include "vm/areatree.h"

/*
 * Address spaces.  A space is a ring of areas (vm/area.c) and a page table that
 * page faults fill (vm/fault.c).
 *
 *   [l] the space's lock    [s] the lock of the list of all (vm/pager.c)
 *   [a] atomic
 *
 * A space that is not in the list yet, or any more, is its user's alone, and
 * needs no lock.
 */
struct space {
    struct pagetable table; // entries: [l]; for pages of files: vm/pager.c
    struct sleeplock lock;  // rank SPACE
    struct list all;        // [s] in the list of all spaces
    vaddr_t hand;           // [l] where giving back clean pages goes on
    struct area top;        // [l] begins and ends the ring of areas
    struct area *mappings;  // [l] root of the tree of those of mmap, or NULL
    struct area *heap;      // [l] one of the areas; NULL before exec has set it
    vaddr_t brk;            // [l] end of the heap, to the byte
    uint64_t mapped;        // [a] pages mapped
    uint32_t flush_due;     // [a] others have cleared entries: vm/pager.c
};

/* In checked builds: the caller may change the space. */
#define assert_space_owned(space)                                              \
    check_that(sleeplock_is_held(&(space)->lock) ||                            \
               list_is_empty(&(space)->all))

extern struct pool space_pool;

void space_init(void);

/* The address space of the current thread, which is not the kernel's own. */
static inline struct space *space_self(void)
{
    return container_of(thread_self()->pagetable, struct space, table);
}

/* An empty space, or NULL.  When it is complete, pager_add_space must follow:
   from then on clean pages may be taken out of it. */
struct space *space_create(void);

/* Free a space that no hart runs, with all that it has.  Sleeps: yes. */
void space_destroy(struct space *space);

/* A copy that shares all pages copy-on-write; `space` is the caller's own.
   NULL when memory has run out.  Sleeps: yes. */
struct space *space_fork(struct space *space);

/* Add an area like `spec` to a new space, with a reference of its own to the
   pager.  It may not overlap another one.  0 or -ENOMEM. */
int space_map(struct space *space, const struct area *spec);

/* Start the heap, empty, past `end` of the program.  0 or -ENOMEM. */
int space_start_heap(struct space *space, vaddr_t end);

/* Move the end of the heap by `delta` bytes; *old is where it was.  Memory is
   charged in advance unless `lazy`.  0, -ENOMEM (no room, too) or -EINVAL
   (below the heap's start).  Sleeps: yes. */
int space_grow_heap(struct space *space, int64_t delta, bool lazy,
                    vaddr_t *old);

/* The first area that ends above `va`, which is below USER_MAX: the one that
   holds `va`, if any does, or the next one.  Lock: the space's. */
static inline struct area *area_from(struct space *space, vaddr_t va)
{
    if (space->mappings != NULL && va >= space->heap->end) {
        return areatree_find(space, va);
    }
    struct area *area = area_next(&space->top);
    while (va >= area->end) {
        area = area_next(area);
    }
    return area;
}

/* Flush if others have cleared entries and may not have flushed yet; before
   something new is mapped in their place.  Lock: the space's. */
static inline void space_settle(struct space *space)
{
    if (atomic_load_relaxed(&space->flush_due) != 0 &&
        atomic_swap_full(&space->flush_due, 0) != 0) {
        pt_flush(&space->table);
    }
}
