/*
 * Assembler macros, included by the other assembly files.
 */
#include "riscv/asm.h"

/* A function with its type and size, so that tools see its extent. */
.macro FUNC name
    .globl  \name
    .type   \name, @function
    .balign 4
\name:
.endm

.macro END name
    .size   \name, . - \name
.endm

/* Apply `op` (sd or ld) to registers of the frame at sp: those that a function
   call loses, with gp and tp; and those that it keeps (s0 to s11).  Never to
   x2 (sp) and `except`, which the caller handles itself. */
.macro EACH_LOST op, except=none
    .irp n, 1,3,4,5,6,7,10,11,12,13,14,15,16,17,28,29,30,31
    .ifnc \n,\except
    \op     x\n, TF_REG(\n)(sp)
    .endif
    .endr
.endm

.macro EACH_KEPT op
    .irp n, 8,9,18,19,20,21,22,23,24,25,26,27
    \op     x\n, TF_REG(\n)(sp)
    .endr
.endm

.macro EACH_REG op, except=none
    EACH_LOST \op, \except
    EACH_KEPT \op
.endm

/*
 * End the reservation that a load-reserved has left, or a store-conditional of
 * what runs next could succeed by it: "a store-conditional instruction to a
 * scratch word of memory should be used" (unprivileged specification 20191213,
 * section 8.2).  The scratch word is where ra was saved and holds what it does.
 */
.macro END_RESERVATION saved
    sc.d    zero, ra, (\saved)
.endm

/* Apply `op` to the callee-saved registers ra, sp, s0..s11 of the context in
   the tcb at `base`: these are x1, x2, x8, x9, x18..x27. */
.macro EACH_SAVED op, base
    .set    offset, TCB_CONTEXT
    .irp n, 1,2,8,9,18,19,20,21,22,23,24,25,26,27
    \op     x\n, offset(\base)
    .set    offset, offset + 8
    .endr
.endm
