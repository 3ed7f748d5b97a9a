/*
 * The trap vectors: what the hardware jumps to.  It has saved the pc in sepc,
 * the cause in scause, turned interrupts off and raised the privilege
 * (privileged architecture 20211203, sections 3.1.6.1 and 4.1); all other
 * registers still hold what the interrupted code had in them.
 *
 * stvec is uservec, always.  sscratch tells who was interrupted: it is 0 in the
 * kernel, and in a program the place for its registers.  The one becomes the
 * other in the instructions marked (*); none of them, nor any between a mark
 * and the trap or sret next to it, can fault if the kernel stack is mapped.
 */
#include "riscv/macros.S"

    .text

/*
 * Trap from user mode, and back.
 * On entry: sscratch = this thread's frame at the top of its kernel stack;
 *   every register is the program's.
 * On exit:  after usertrap(frame) and usertrapret(), in user mode at the
 *   frame's epc with the frame's registers.  Those that a function call
 *   preserves are saved for fork alone: usertrap has left them as they were.
 */
FUNC uservec
    csrrw   sp, sscratch, sp        // (*) sp = frame, sscratch = program's sp
    beqz    sp, kernelvec
    sd      t0, TF_REG(5)(sp)
    csrrw   t0, sscratch, zero      // (*) from here on a trap is the kernel's
    sd      t0, TF_REG(2)(sp)
    EACH_REG sd, 5
    csrr    t0, sepc
    sd      t0, TF_EPC(sp)
    ld      tp, TF_TP(sp)

    mv      a0, sp
    call    usertrap
    call    usertrapret
.Lreturn:
    ld      t0, TF_EPC(sp)
    csrw    sepc, t0
    EACH_LOST ld
    END_RESERVATION sp
    csrw    sscratch, sp            // (*) from here on a trap is the program's
    ld      sp, TF_REG(2)(sp)
    sret
END uservec

/*
 * Enter user mode with all registers of a frame: a program that begins.
 * On entry: the frame is at the top of this thread's stack.
 * On exit:  as uservec.
 */
FUNC userret
    ld      t0, TCB_STACK_TOP(tp)   // not to sp: an interrupt would save its
    addi    sp, t0, -TF_SIZE        // registers below that, over the frame
    call    usertrapret
    EACH_KEPT ld
    j       .Lreturn
END userret

/*
 * Trap from the kernel itself: an interrupt, or a bug.
 * On entry: from uservec; sp = 0, sscratch = some kernel stack, tp = the
 *   thread.  The stack may be full, so it is tested before anything is stored.
 * On exit:  everything as it was, after kerneltrap(frame).  The frame lies
 *   right below sp or, if that stack is full, on the hart's spare one.
 */
FUNC kernelvec
    csrr    sp, sscratch
    addi    sp, sp, -TF_SIZE
    slli    sp, sp, 63 - STACK_SIZE_SHIFT
    bgez    sp, .Lstack_overflow    // sp would be in the guard
    csrrw   sp, sscratch, zero      // (*)
    addi    sp, sp, -TF_SIZE
    sd      t0, TF_REG(5)(sp)
    addi    t0, sp, TF_SIZE
.Lsave_others:
    sd      t0, TF_REG(2)(sp)
    EACH_REG sd, 5
    csrr    t1, sepc
    sd      t1, TF_EPC(sp)
    csrr    t1, sstatus
    sd      t1, TF_STATUS(sp)
    mv      a0, sp
    call    kerneltrap              // restores sepc and sstatus itself
    EACH_REG ld, 4                  // tp: the thread is still itself
    END_RESERVATION sp
    addi    sp, sp, TF_SIZE
    sret

.Lstack_overflow:
    ld      sp, TCB_HART(tp)
    ld      sp, HART_SPARE(sp)
    addi    sp, sp, -TF_SIZE
    sd      t0, TF_REG(5)(sp)
    csrrw   t0, sscratch, zero      // (*) the stack that is full
    j       .Lsave_others           // kerneltrap will not return
END kernelvec
