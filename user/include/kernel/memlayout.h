#pragma once

/*
 * The address space of a program, from 0 up: pages that are never mapped, the
 * stack, the program from USER_BASE, the heap, mapped files from the upper end
 * down, and two pages below MAXVA (riscv.h) that are never mapped; TRAMPOLINE
 * and TRAPFRAME are their names in xv6, which uses them.  Everything from
 * KERNBASE up belongs to the kernel.  Touching any of these ends the program.
 */
#include "kernel/riscv.h"

#define USER_BASE  0x900000UL
#define TRAMPOLINE (MAXVA - PGSIZE)
#define TRAPFRAME  (TRAMPOLINE - PGSIZE)
#define KERNBASE   0xffffffc000000000UL
#define PHYSTOP    (KERNBASE + 128 * 1024 * 1024)
