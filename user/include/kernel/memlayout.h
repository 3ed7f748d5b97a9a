#pragma once

/*
 * The address space of a program, from 0 up: page 0 unmapped, the program
 * from USER_BASE, the heap, the stack below MAXVA (riscv.h).  KERNBASE and
 * all above it is the kernel's and traps when touched.
 */
#define USER_BASE 0x10000UL
#define KERNBASE  0xffffffc000000000UL
