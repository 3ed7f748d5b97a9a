/*
 * The trap vectors: what the hardware jumps to.  It has saved the pc in sepc,
 * the cause in scause, turned interrupts off and raised the privilege; all
 * other registers still hold what the interrupted code had in them.
 *
 * stvec is uservec while a program runs and kernelvec while the kernel does.
 */
#include "riscv/macros.S"

    .text

/*
 * Trap from user mode.
 * On entry: sscratch = this thread's frame at the top of its kernel stack;
 *   every register is the program's.
 * On exit:  usertrap(frame), then usertrapret(frame); tp = the thread,
 *   stvec = kernelvec, interrupts off.  In the kernel sscratch is free.
 */
FUNC uservec
    csrrw   sp, sscratch, sp        // sp = frame, sscratch = program's sp
    EACH_REG sd
    csrr    t0, sscratch
    sd      t0, TF_REG(2)(sp)
    csrr    t0, sepc
    sd      t0, TF_EPC(sp)

    ld      tp, TF_TP(sp)
    lla     t0, kernelvec           // from here on a trap is the kernel's
    csrw    stvec, t0

    mv      a0, sp
    call    usertrap
    mv      a0, sp
    call    usertrapret             // ends in userret
END uservec

/*
 * Return from trap: the other half of uservec, called by usertrapret.
 * On entry: a0 = frame, interrupts off, sstatus set for the program.
 * On exit:  in user mode at the frame's epc with the frame's registers.
 */
FUNC userret
    mv      sp, a0
    lla     t0, uservec
    csrw    stvec, t0
    csrw    sscratch, sp
    ld      t0, TF_EPC(sp)
    csrw    sepc, t0
    EACH_REG ld
    END_RESERVATION sp
    ld      sp, TF_REG(2)(sp)
    sret
END userret

/*
 * Trap from the kernel itself: an interrupt, or a bug.
 * On entry: sp = some kernel stack, tp = the thread.  The stack may be full,
 *   so sp is tested before anything is stored.
 * On exit:  everything as it was, after kerneltrap(frame).  The frame lies
 *   right below sp or, if that stack is full, on the hart's spare one.
 */
FUNC kernelvec
    csrw    sscratch, t0            // free one register
    addi    sp, sp, -TF_SIZE
    slli    t0, sp, 63 - STACK_SIZE_SHIFT
    bgez    t0, .Lstack_overflow    // sp is in the guard
    addi    t0, sp, TF_SIZE
    sd      t0, TF_REG(2)(sp)
.Lsave_others:
    csrr    t0, sscratch
    EACH_REG sd
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
    ld      t0, TCB_HART(tp)
    ld      t0, HART_SPARE(t0)
    addi    t0, t0, -TF_SIZE
    addi    sp, sp, TF_SIZE
    sd      sp, TF_REG(2)(t0)
    mv      sp, t0
    j       .Lsave_others           // kerneltrap will not return
END kernelvec
