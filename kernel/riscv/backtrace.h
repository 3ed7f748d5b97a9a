#pragma once

#include "riscv/trapframe.h"

/* What a cause in scause means, in words. */
const char *cause_name(uint64_t cause);

/* The kernel function that holds `address`, and the distance from its start;
   NULL outside of the kernel's text. */
const char *symbol_find(uint64_t address, uint64_t *offset);

/* Panic for a trap that the kernel itself must not take.  Prints the frame. */
_Noreturn void panic_trap(const struct trapframe *frame, uint64_t cause,
                          uint64_t value);
