#pragma once

#include "mm/layout.h"
#include "riscv/pte.h"

#define PTE_KERNEL (PTE_V | PTE_G | PTE_A | PTE_D) // in each entry, besides RWX

/* Build the kernel's half of all address spaces, and run on it.  Pages can be
   allocated after it. */
void kmap_init(void);

/* Map the device registers at [pa, pa + size) for the kernel; returns their
   address, or NULL, with a message, where no device can be.  Called at boot. */
volatile void *kmap_device(paddr_t pa, uint64_t size);
