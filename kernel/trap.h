#pragma once

#include "riscv/tcb.h"

/* From the vectors (vectors.S). */
void usertrap(struct trapframe *frame);
void kerneltrap(struct trapframe *frame);

/*
 * Return from trap, all but the registers: do what was asked of this thread
 * meanwhile, and leave interrupts off.  Interrupts on or off.
 */
void usertrapret(void);
