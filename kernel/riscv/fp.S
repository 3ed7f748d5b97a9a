/*
 * Floating-point registers.  The kernel is built without floating point, so no
 * code of it can touch what belongs to programs; this file alone is assembled
 * with the D extension (see the Makefile).
 */
#include "riscv/macros.S"

    .text

    .macro EACH_FP op
    .irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15, \
            16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
    \op     f\n, (8 * \n)(a0)
    .endr
    .endm

/* fp_save(state): on entry a0 = struct fpstate, the unit is on.
   Clobbers t0. */
FUNC fp_save
    EACH_FP fsd
    frcsr   t0
    sd      t0, 256(a0)
    ret
END fp_save

/* fp_load(state): the reverse. */
FUNC fp_load
    EACH_FP fld
    ld      t0, 256(a0)
    fscsr   t0
    ret
END fp_load
