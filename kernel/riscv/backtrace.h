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

/* Print who called whom, as far as callers can be found. */
void backtrace_print(struct backtrace at);
