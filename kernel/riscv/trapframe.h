#pragma once

#include "riscv/asm.h"
#include "riscv/tcb.h"

/*
 * The registers of interrupted code, as uservec and kernelvec save them.  A
 * trap from user mode puts the frame at the very top of the thread's kernel
 * stack; a trap from the kernel puts it below what is already there.
 */
struct trapframe {
    uint64_t ra, sp, gp, tp, t0, t1, t2, s0, s1;
    uint64_t a[8];
    uint64_t s2, s3, s4, s5, s6, s7, s8, s9, s10, s11;
    uint64_t t3, t4, t5, t6;
    uint64_t epc;          // where the trap happened
    uint64_t status;       // sstatus at the trap (kernel traps only)
    struct tcb *kernel_tp; // user frames: whose stack this is
};

static_assert(offsetof(struct trapframe, a[0]) == TF_REG(10), "a0 is x10");
static_assert(offsetof(struct trapframe, t6) == TF_REG(31), "t6 is x31");
static_assert(offsetof(struct trapframe, epc) == TF_EPC, "asm.h");
static_assert(offsetof(struct trapframe, status) == TF_STATUS, "asm.h");
static_assert(offsetof(struct trapframe, kernel_tp) == TF_TP, "asm.h");
static_assert(sizeof(struct trapframe) == TF_SIZE, "asm.h");
static_assert(TF_SIZE % 16 == 0, "the ABI wants sp aligned to 16 bytes");

/* The frame of a thread's program: the top of its kernel stack. */
static inline struct trapframe *trapframe_of(const struct tcb *tcb)
{
    return (struct trapframe *)tcb->stack_top - 1;
}

/* Go to user mode with all registers of the current thread's frame: how a
   program begins (vectors.S).  Interrupts on or off. */
_Noreturn void userret(void);
