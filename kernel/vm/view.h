#pragma once

#include "vm/area.h"

/*
 * Inside of mm: what vm/pager.c does for address spaces, and explains.
 */

/* Bits of an entry that are left to software. */
#define PTE_WRITTEN (1UL << 8) // is to be put back
#define PTE_FILE    (1UL << 9) // a page of a file that may change

/* Whether the file of an area may change. */
static inline bool area_is_view(const struct area *area)
{
    return area->pager != NULL && area->use != PAGER_RUN;
}

/* Around a look at the entries of an area, and around clearing them. */
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

/* Before something new is mapped where others may have cleared entries: flush,
   if that is due.  Lock: the space's, and one that the others held. */
static inline void space_settle(struct space *space)
{
    if (atomic_load_relaxed(&space->flush_due) != 0 &&
        atomic_swap_full(&space->flush_due, 0) != 0) {
        pt_flush(&space->table);
    }
}

/* An area begins to show its file, or ends. */
void area_view(struct area *area);
void area_unview(struct area *area);

/* A space goes; and the pool that counts them. */
void spaces_remove(struct space *space);
extern struct pool space_pool;
