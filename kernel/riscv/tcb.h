#pragma once

#include "check/check.h"
#include "riscv/asm.h"

struct hart;

/*
 * Where the registers of a thread are while others have the hart:
 *
 *   struct trapframe   those of code that a trap has interrupted
 *   struct context     those of kernel code that has called swtch
 *   struct fpstate     those of the floating-point unit
 */

/*
 * Saved by uservec and kernelvec.  A trap from user mode puts the frame at the
 * very top of the thread's kernel stack; a trap from the kernel puts it below
 * what is already there.
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

/* Saved by swtch: a function call may lose all others. */
struct context {
    uint64_t ra;
    uint64_t sp;
    uint64_t s[12];
};

/* Saved by fp_save: the D extension. */
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
    uint64_t stack_top;     // [i] end of the kernel stack, exclusive
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

/* The frame of a thread's program: the top of its kernel stack. */
static inline struct trapframe *trapframe_of(const struct tcb *tcb)
{
    check_that(tcb->stack_top % STACK_SLOT == 0);
    return (struct trapframe *)tcb->stack_top - 1;
}

/* Go to user mode with all registers of the current thread's frame: how a
   program begins (vectors.S).  Interrupts on or off. */
_Noreturn void userret(void);

/* Save the callee-saved registers of `prev`, continue as `next`.  Returns, on
   the stack of `next`, the block of the thread that ran before it.  Interrupts
   must be off.  (swtch.S) */
struct tcb *swtch(struct tcb *prev, struct tcb *next);

/* First code of a new thread: calls thread_begin(prev, s0, s1). */
void thread_trampoline(void);

/* Save and load all floating-point registers; the unit must be on.  (fp.S) */
void fp_save(struct fpstate *state);
void fp_load(const struct fpstate *state);

/* Turn the floating-point unit on, with zeros, for a thread that has not used
   it yet; false when it is on or the machine has none.  Interrupts off. */
bool fp_begin(void);
