#pragma once

#include "mm/pagetable.h"
#include "vm/pager.h"

/* Rights of an area: those of its page-table entries. */
#define AREA_R ((uint8_t)PTE_R)
#define AREA_W ((uint8_t)PTE_W)
#define AREA_X ((uint8_t)PTE_X)

/* Bits of a page-table entry that are left to software. */
#define PTE_WRITTEN (1UL << 8) // the page is to be written back
#define PTE_FILE    (1UL << 9) // shows the file's own page, else a private one

#define GATHER 64 // pages that are freed after one flush

/*
 * An area is a stretch of user addresses with rights and a backing.
 *
 *   [l] the space's lock    [p] the pager's, if the area has one
 *   [l,p] both to write, either to read    [i] fixed
 */
struct area {
    struct list link;    // [l] in the space's ring, by address
    struct space *space; // [i]
    struct list viewer;  // [p] link in the pager's list
    vaddr_t start;       // [l,p] page-aligned
    vaddr_t end;         // [l,p] exclusive, page-aligned
    uint8_t rights;      // [i] AREA_*
    bool mapped;         // [i] made by mmap, and can be unmapped
    uint8_t use;     // [i] enum pager_use; PAGER_SHARE: writes go to the file
    uint8_t depth;   // [l] of the tree: levels of its subtree, with itself
    uint32_t charge; // [l] pages charged in advance and not filled yet
    uint32_t filled; // [l] private pages
    uint32_t index;  // [l,p] page of the file at `start`
    uint64_t file_bytes; // [l,p] bytes from `start` on that are the file's
    struct pager *pager; // [i] NULL: zeros; else a reference

    /* also of the tree (vm/areatree.c): [l] */
    struct area *child[2];
    uint64_t gap; // bytes of the largest gap below an area of its subtree
};

extern struct pool area_pool;

/* The next area of the ring, and the one before. */
static inline struct area *area_next(const struct area *area)
{
    return list_entry(area->link.next, struct area, link);
}

static inline struct area *area_prev(const struct area *area)
{
    return list_entry(area->link.prev, struct area, link);
}

/* Whether the file of an area may change: it is a view (vm/pager.c). */
static inline bool area_is_view(const struct area *area)
{
    return area->pager != NULL && area->use != PAGER_RUN;
}

/* Around a look at the entries of an area, and around clearing them: others may
   clear those of a view. */
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

/* Copy an area, charge it `charge` pages, and link the copy in below another
   area.  The range is free.  NULL when memory has run out.  Lock, here and
   below: the space's, unless it is the caller's alone.  Sleep: these all. */
struct area *area_add(struct area *above, const struct area *spec,
                      uint64_t charge);

/* Unlink and free an area that maps nothing any more, with its charge.  It is
   out of the tree, or the whole tree goes. */
void area_remove(struct area *area);

/* Clear those of n entries where the bits of `mask` are `want`; their pages go
   to to[].  How many there were.  Lock: area_lock, too. */
size_t area_clear(pte_t *pte, size_t n, pte_t mask, pte_t want,
                  struct page **to);

/* Clear the entries of [start, end) in an area and free the pages. */
void area_unmap(struct area *area, vaddr_t start, vaddr_t end);

/* Cut off one end of an area, or all of it, with which an area of mmap goes:
   write back and unmap [start, end), and keep no larger a charge than there are
   empty pages.  0, or an error of writeback; the range is gone all the same. */
int area_cut(struct area *area, vaddr_t start, vaddr_t end);

/* Make the part of an area from `at` on an area of its own.  0 or -ENOMEM. */
int area_split(struct area *area, vaddr_t at);
