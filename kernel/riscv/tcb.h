#pragma once

#include "check/check.h"
#include "lib/base.h"
#include "riscv/asm.h"

struct hart;

/* What swtch saves: a function call preserves the rest. */
struct context {
    uint64_t ra;
    uint64_t sp;
    uint64_t s[12];
};

/* Floating-point registers of the D extension. */
struct fpstate {
    uint64_t f[32];
    uint64_t fcsr;
};

/*
 * Thread control block: the machine's part of a thread.  `tp` points to that
 * of the running thread, in the kernel at all times.  It belongs to its thread
 * and, while the thread is off a hart, to the scheduler.
 *
 * `hart` may be followed only with interrupts off; otherwise the thread can
 * have moved on by the time the hart is used.
 */
struct tcb {
    struct context context; // when it is not running
    struct hart *hart;      // where it runs or last ran
    uint64_t stack_top;     // end of the kernel stack, exclusive
    struct fpstate fp;      // valid when fp_used and not dirty on the hart
    bool fp_used;           // has floating-point state
    bool irq_was_on;        // as the outermost spinlock found it
    bool may_use_reserve;   // [i] of the last pages: init and its shell
    uint32_t irq_depth;     // spinlocks held
    CHECK_HELD              // checked builds: the locks that it holds
};

static_assert(offsetof(struct tcb, context) == TCB_CONTEXT, "asm.h");
static_assert(offsetof(struct tcb, hart) == TCB_HART, "asm.h");
static_assert(offsetof(struct tcb, stack_top) == TCB_STACK_TOP, "asm.h");

/* The running thread's block. */
static inline struct tcb *tcb_self(void)
{
    struct tcb *self;
    asm("mv %0, tp" : "=r"(self));
    return self;
}

/*
 * Save the callee-saved registers of `prev`, continue as `next`.  Returns, on
 * the stack of `next`, the block of the thread that ran before it.
 * Interrupts must be off.
 */
struct tcb *swtch(struct tcb *prev, struct tcb *next);

/* First code of a new thread: calls thread_begin(prev, s0, s1). */
void thread_trampoline(void);

/* Save and load all floating-point registers; the unit must be on. */
void fp_save(struct fpstate *state);
void fp_load(const struct fpstate *state);
