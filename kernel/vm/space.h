#pragma once

#include "lib/list.h"
#include "mm/pagetable.h"
#include "sched/sleeplock.h"
#include "sched/thread.h"
#include "vm/pager.h"

/* Rights of an area, those of its page-table entries; and which of them an
   access needs. */
#define AREA_R ((uint8_t)PTE_R)
#define AREA_W ((uint8_t)PTE_W)
#define AREA_X ((uint8_t)PTE_X)
enum access {
    ACCESS_EXECUTE = AREA_X,
    ACCESS_WRITE = AREA_W,
    ACCESS_READ = AREA_R,
};

/*
 * Address spaces.  A space is a ring of areas, stretches of user addresses with
 * rights and a backing, and a page table that page faults fill.
 *
 *   [l] the space's lock    [p] the pager's, if the area has one
 *   [i] fixed               [a] atomic
 */
struct area {
    struct list link;    // [l] in the space's ring, by address
    struct space *space; // [i]
    struct list viewer;  // [p] link in the pager's list
    vaddr_t start;       // [l,p] page-aligned
    vaddr_t end;         // [l,p] exclusive, page-aligned
    uint8_t rights;      // [i] AREA_*
    bool mapped;         // [i] by mmap, and can be unmapped
    uint8_t use;     // [i] enum pager_use; PAGER_SHARE: writes go to the file
    uint8_t depth;   // [l] levels of its subtree (vm/area.c), itself included
    uint32_t charge; // [l] pages promised that are not filled yet
    uint32_t filled; // [l] pages that are private ones
    uint32_t low;    // [l] page at which that subtree begins
    uint32_t high;   // [l] page at which it ends
    uint32_t gap;    // [l] pages of the largest gap in it
    struct pager *pager; // [i] NULL: zeros; else a reference
    uint64_t index;      // [l,p] page of the file at `start`
    uint64_t file_bytes; // [l] bytes from `start` on that are the file's
    struct area *left;   // [l] tree
    struct area *right;  // [l]
};

struct space {
    struct pagetable table; // entries: [l]; for pages of files: vm/pager.c
    struct sleeplock lock;  // rank SPACE
    struct list all;        // in the list of all spaces (vm/pager.c)
    vaddr_t hand;           // [l] where giving back clean pages goes on
    struct area top;        // [l] begins and ends the ring of areas (vm/area.h)
    struct area *mappings;  // [l] root of the tree of those of mmap, or NULL
    struct area *heap;      // [l] one of them; NULL before exec has set it
    vaddr_t brk;            // [l] end of the heap, to the byte
    uint64_t mapped;        // [a] pages mapped
    uint32_t flush_due;     // [a] others have cleared entries: vm/pager.c
};

void space_init(void);

/* The address space of the current thread, which is not the kernel's own. */
static inline struct space *space_self(void)
{
    return container_of(thread_self()->pagetable, struct space, table);
}

/* An empty space, or NULL.  It is its maker's alone until spaces_add, which
   must follow once it is complete: clean pages may be taken out of it then. */
struct space *space_create(void);
void spaces_add(struct space *space);

/* Free a space that no hart runs, with all that it has.  Sleeps: yes. */
void space_destroy(struct space *space);

/* Add an area like `spec`, with a reference of its own to the pager.  It may
   not overlap another one.  0 or -ENOMEM. */
int space_map(struct space *space, const struct area *spec);

/* Start the heap, empty, past `end` of the program.  0 or -ENOMEM. */
int space_start_heap(struct space *space, vaddr_t end);

/* Move the end of the heap by `delta` bytes; *old is where it was.  Memory is
   promised unless `lazy`.  0, -ENOMEM (no room, too) or -EINVAL (below the
   heap's start).  This and the next four take the space's lock, and sleep. */
int space_grow_heap(struct space *space, int64_t delta, bool lazy,
                    vaddr_t *old);

/* Map `length` bytes, whole pages and no more than USER_MAX, at the highest
   place that is free.  Rights and backing are those of `spec`, which then says
   where.  0 or -ENOMEM. */
int space_map_anywhere(struct space *space, struct area *spec, uint64_t length);

/* Unmap [start, end), whole pages: what mmap has mapped there, and nothing else
   may be there (-EINVAL).  0, or errors of putting pages back, -ENOMEM. */
int space_unmap(struct space *space, vaddr_t start, vaddr_t end);

/* Let what was written to shared mappings in [start, end) be part of the files:
   0, -ENOMEM when some of it is unmapped, or errors of pager_ops.put_back. */
int space_put_back(struct space *space, vaddr_t start, vaddr_t end);

/* A copy that shares all pages copy-on-write; `space` is the caller's own.
   NULL when memory has run out. */
struct space *space_fork(struct space *space);

/*
 * Make `va` accessible: fill the page or take a private copy of it.  0,
 * -EFAULT (not the program's, or not with these rights), -ENOMEM, -EIO.
 * Locks: takes the space's.  Sleeps: yes.
 */
int space_fault(struct space *space, vaddr_t va, enum access access);

/* The same for n pages from that of `va` on; they are returned in page[] with a
   reference.  How many, or an error when not even the first is accessible. */
int space_hold(struct space *space, vaddr_t va, enum access access,
               struct page **page, int n);

/* Why an access to `va` has failed with -EFAULT, in words.  Locks: the same. */
const char *space_explain(struct space *space, vaddr_t va);
