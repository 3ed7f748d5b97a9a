#pragma once

#include "lib/types.h"

/*
 * Page tables: the kernel's half, fixed at boot, and the walks over a user
 * half.  A user half belongs to an address space (mm/space), whose lock guards
 * it.
 */

/* Build the kernel's root: the linear map of RAM and devices, and the tables
   of the stack area; then run on it. */
void pt_init(void);

/* Run this hart on the kernel's root, or on the root of an address space. */
void pt_use(pte_t *root);
void pt_use_kernel(void);

/* What satp holds for the kernel's root. */
uint64_t pt_kernel_satp(void);

/* Map the device registers at [pa, pa + size) for the kernel; returns their
   address.  Called at boot. */
volatile void *pt_map_device(paddr_t pa, uint64_t size);

/* Map a page at a kernel address above the linear map (a stack).
   0 or -ENOMEM. */
int pt_map_kernel(uint64_t va, paddr_t pa);

/* A new root whose kernel half is filled in, or NULL. */
pte_t *pt_create(void);

/* The entry for user address `va`; NULL when a table on the way is missing,
   or, with `make`, when there is no memory for it. */
pte_t *pt_walk(pte_t *root, vaddr_t va, bool make);

/* Call `function` for every valid leaf in [start, end), in ascending order, as
   long as it returns true. */
typedef bool pt_visit_fn(void *context, vaddr_t va, pte_t *pte);
void pt_visit(pte_t *root, vaddr_t start, vaddr_t end, pt_visit_fn *function,
              void *context);

/* Free a root and the tables of its user half; they map nothing any more. */
void pt_destroy(pte_t *root);
