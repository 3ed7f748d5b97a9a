#pragma once

#include "riscv/trapframe.h"

/* From the vectors (vectors.S). */
void usertrap(struct trapframe *frame);
void kerneltrap(struct trapframe *frame);

/*
 * Return from trap, all but the registers: do what was asked of this thread
 * meanwhile, and leave interrupts off.  Interrupts on or off.
 */
void usertrapret(void);

/* Begin the program whose registers are in the thread's frame. */
_Noreturn void trap_enter_program(void);

/* The frame of the current thread's program: the top of its kernel stack. */
struct trapframe *trap_user_frame(void);

/* Load the registers and go (vectors.S). */
_Noreturn void userret(struct trapframe *frame);
