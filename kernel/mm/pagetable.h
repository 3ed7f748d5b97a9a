#pragma once

#include "mm/layout.h"
#include "riscv/pte.h"

/*
 * Page tables, and the walks over a user half.  That belongs to an address
 * space (vm/space), whose lock guards it.  The kernel's half, which is in every
 * page table, is built in mm/kmap.
 */

/*
 * The page table of an address space, as harts use it.
 *
 *   [i] fixed   [a] atomic
 */
struct pagetable {
    pte_t *root;          // [i]
    uint64_t harts;       // [a] harts that run on it now
    uint64_t fetch_stale; // [a] harts that must fence before they fetch from it
};

extern pte_t *pt_kernel_root; // [i] NULL before kmap_init

/* Give a page table a root with the kernel's half; false when memory has run
   out. */
bool pt_create(struct pagetable *table);

/* Free the tables of a user half, which map nothing any more, and the root. */
void pt_destroy(struct pagetable *table);

/* What satp holds for a root. */
uint64_t pt_satp(const pte_t *root);

/* Switch this hart from one page table to another; NULL stands for the
   kernel's own.  Interrupts must be off. */
void pt_switch(struct pagetable *from, struct pagetable *to);

/* Make all harts that run on a page table forget what they have cached of it.
   Locks: no spinlock may be held. */
void pt_flush(struct pagetable *table);

/* The table that an entry points to. */
static inline pte_t *pt_table(pte_t entry)
{
    return phys_to_virt(pte_pa(entry));
}

/* The entry for a page of 4 KiB; NULL when a table on the path is missing. */
static inline pte_t *pt_find(pte_t *root, vaddr_t va)
{
    pte_t upper = root[pt_index(va, 2)];
    pte_t middle = (upper & PTE_V) != 0 ? pt_table(upper)[pt_index(va, 1)] : 0;
    return (middle & PTE_V) != 0 ? &pt_table(middle)[pt_index(va, 0)] : NULL;
}

/* The entry for `va` at `level`.  Tables that are missing on the path are made;
   NULL when there is no memory for one. */
pte_t *pt_walk(pte_t *root, uint64_t va, int level);

/* The first of the entries for n user pages, which one table has; tables that
   are missing are made, NULL when there is no memory for them. */
pte_t *pt_make(pte_t *root, vaddr_t va, size_t n);

/* Leaf entries that follow each other in one table; some may be invalid. */
struct pt_run {
    pte_t *root;
    vaddr_t va;  // of the first entry
    vaddr_t end; // where to stop
    size_t n;    // how many entries; set it lower to come back to the rest
    pte_t *pte;  // the first
};

/*
 * Go through the leaf entries of [start, end) in a user half:
 *
 *     struct pt_run run = pt_range(table, start, end);
 *     while (pt_next(&run)) {
 *         ... run.pte[0] to run.pte[run.n - 1] ...
 *     }
 */
static inline struct pt_run pt_range(const struct pagetable *table,
                                     vaddr_t start, vaddr_t end)
{
    return (struct pt_run){.root = table->root, .va = start, .end = end};
}

bool pt_next(struct pt_run *run);
