#pragma once

#include "check/check.h"
#include "riscv/asm.h"

/*
 * The linear map: physical memory, up to PHYS_END, at a constant distance.
 * entry.S maps all of it, so that boot can read what the firmware left;
 * kmap_init then maps only what the kernel may use.
 */
#define PHYS_END   ((uint64_t)LINEAR_GIB << 30)
#define LINEAR_END (LINEAR_BASE + PHYS_END)

static inline void *phys_to_virt(paddr_t pa)
{
    check_that(pa <= PHYS_END);
    return (void *)(pa + LINEAR_BASE);
}

static inline paddr_t virt_to_phys(const void *va)
{
    check_that((uint64_t)va >= LINEAR_BASE && (uint64_t)va <= LINEAR_END);
    return (uint64_t)va - LINEAR_BASE;
}
