#pragma once

#include "riscv/trapframe.h"

/* From the vectors (vectors.S). */
void usertrap(struct trapframe *frame);
void kerneltrap(struct trapframe *frame);

/*
 * Return from trap: continue the program whose registers `frame` holds, after
 * doing what was asked of this thread meanwhile.  Interrupts on or off.
 */
_Noreturn void usertrapret(struct trapframe *frame);

/* The frame of the current thread's program: the top of its kernel stack. */
struct trapframe *trap_user_frame(void);

/* The second half of usertrapret, in vectors.S. */
_Noreturn void userret(struct trapframe *frame);
