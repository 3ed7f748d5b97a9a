#pragma once

#include "lib/atomic.h"
#include "mm/layout.h"
#include "riscv/pte.h"

/*
 * Page tables: the kernel's half, fixed at boot, and the walks over a user
 * half.  A user half belongs to an address space (vm/space), whose lock guards
 * it.
 */

/* Build the kernel's root: the linear map of RAM, the structs of pages, and the
   tables of the stack area; then run on it.  Pages can be allocated after it.
   */
void pt_init(void);

extern pte_t *pt_kernel_root; // [i] after pt_init

/* What satp holds for a root. */
uint64_t pt_satp(const pte_t *root);

/* Map the device registers at [pa, pa + size) for the kernel; returns their
   address, or NULL, with a message, where no device can be.  Called at boot. */
volatile void *pt_map_device(paddr_t pa, uint64_t size);

/* Map a page at a kernel address above the linear map (a stack); each hart
   fences before it uses that.  0 or -ENOMEM. */
int pt_map_kernel(uint64_t va, paddr_t pa);

/* Unmap it again; its page, which may be used after a shootdown of all. */
struct page *pt_unmap_kernel(uint64_t va);

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

/* Give a page table a root whose kernel half is filled in; false when memory
   has run out. */
bool pt_create(struct pagetable *table);

/* This hart goes over from one page table to another; NULL stands for the
   kernel's own.  Interrupts must be off. */
void pt_switch(struct pagetable *from, struct pagetable *to);

/* Make all harts that run on a page table forget what they have cached of it.
   Locks: no spinlock may be held. */
void pt_flush(struct pagetable *table);

/* The table that an entry names. */
static inline pte_t *pt_table(pte_t entry)
{
    return phys_to_virt(pte_pa(entry));
}

/* The entry for a user address; NULL when a table on the way is missing. */
static inline pte_t *pt_find(pte_t *root, vaddr_t va)
{
    pte_t upper = root[pt_index(va, 2)];
    pte_t middle = (upper & PTE_V) != 0 ? pt_table(upper)[pt_index(va, 1)] : 0;
    return (middle & PTE_V) != 0 ? &pt_table(middle)[pt_index(va, 0)] : NULL;
}

/* The first of the entries for n user pages, which one table has; tables that
   are missing are made, NULL when there is no memory for them. */
pte_t *pt_make(pte_t *root, vaddr_t va, size_t n);

/*
 * Go through the leaf entries of [*va, end), many at a time: how many there are
 * from *va on, which is moved on to the first; 0 at the end.  Not all of them
 * need be valid.
 *
 *     while ((n = pt_next(root, &va, end, &pte)) > 0) {
 *         ... pte[0] to pte[n - 1] ...
 *         va += n * PAGE_SIZE;
 *     }
 */
size_t pt_next(pte_t *root, vaddr_t *va, vaddr_t end, pte_t **first);

/* Free the tables of a user half, which map nothing any more, and the root. */
void pt_destroy(struct pagetable *table);
