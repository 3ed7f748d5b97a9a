#pragma once

#include "riscv/trapframe.h"

/* A place in the code of a thread, and what leads to its caller. */
struct backtrace {
    uint64_t pc;
    uint64_t sp;
    uint64_t ra; // return address if it is still in the register, else 0
};

/* The code that a trap interrupted. */
struct backtrace backtrace_of(const struct trapframe *frame);

/* Go on to the caller; false where there is none, or none that can be found. */
bool backtrace_step(struct backtrace *at);

/* The kernel function that holds `address`, and the distance from its start;
   "?" outside of the kernel's text. */
const char *backtrace_name(uint64_t address, uint64_t *offset);

/* What a cause in scause means, in words. */
const char *cause_name(uint64_t cause);

/* Panic for a trap that the kernel itself must not take: `what` it was, at the
   address `value`.  Prints the frame. */
_Noreturn void panic_trap(const struct trapframe *frame, const char *what,
                          uint64_t value);
