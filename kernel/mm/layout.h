#pragma once

#include "mm/page.h"
#include "riscv/linear.h"

/*
 * The address space (Sv39).  User mode has the lower half, the kernel the
 * upper; the upper entries of every root are the same.
 *
 *   0xffffffffc0000000  kernel stacks, each in a slot with its guard
 *   0xffffffff00000000  struct page of each page of RAM (mm/page.h)
 *   0xfffffff000000000  nothing
 *   0xffffffc000000000  linear map: all RAM and devices, pa + LINEAR_BASE
 *   0x0000004000000000  end of user memory; its last two pages are never mapped
 *   0x0000000000900000  programs, then their heap
 *   0x00000000008ff000  top of the user stack, grows down
 *   0x0000000000000000  nothing, so that a null pointer traps
 *
 * Stack, program and heap are neighbors, so that one table of each level maps
 * a small process.  They are 8 MiB up, because programs subtract what they
 * believe to be the size of a stack from its address.
 */
#define STACK_AREA     0xffffffffc0000000UL
#define STACK_AREA_END 0xffffffffffff0000UL

// The structs of pages end where the stacks begin; so LINEAR_GIB is a maximum.
static_assert(((int64_t)LINEAR_END >> PAGE_SHIFT) *
                      (int64_t)sizeof(struct page) ==
                  (int64_t)STACK_AREA,
              "asm.h: LINEAR_GIB");

#define USER_STACK_TOP (USER_MIN - PAGE_SIZE)
#define USER_MIN       0x900000UL
#define USER_TOP       (USER_MAX - 2 * PAGE_SIZE)
#define USER_MAX       0x4000000000UL

static inline paddr_t page_to_pa(const struct page *page)
{
    return virt_to_phys(page_address(page));
}

static inline struct page *page_from_pa(paddr_t pa)
{
    return page_of(phys_to_virt(pa));
}
