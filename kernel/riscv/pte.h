#pragma once

#include "check/check.h"

/*
 * Sv39 page-table entries (privileged architecture 20211203, section 4.4):
 * three levels of 512 entries, 39-bit addresses, pages of 4 KiB, 2 MiB, 1 GiB.
 */
#define PTE_V (1UL << 0) // valid
#define PTE_R (1UL << 1)
#define PTE_W (1UL << 2)
#define PTE_X (1UL << 3)
#define PTE_U (1UL << 4) // user mode may use it
#define PTE_G (1UL << 5) // the same in every address space
#define PTE_A (1UL << 6) // accessed: preset, so hardware need not fault
#define PTE_D (1UL << 7) // dirty: preset likewise

#define PT_LEVELS  3
#define PT_ENTRIES 512

static inline pte_t pte_make(paddr_t pa, uint64_t flags)
{
    check_that(pa % PAGE_SIZE == 0 && pa >> 56 == 0 && flags >> 10 == 0);
    return (pa >> 12 << 10) | flags;
}

static inline paddr_t pte_pa(pte_t pte)
{
    return (pte >> 10 << 12) & ((1UL << 56) - 1);
}

/* Bytes that one entry of `level` covers: level 0 is 4 KiB. */
static inline uint64_t pt_span(int level)
{
    return PAGE_SIZE << (9 * level);
}

static inline size_t pt_index(uint64_t va, int level)
{
    return (va >> (PAGE_SHIFT + 9 * level)) & (PT_ENTRIES - 1);
}
