/*
 * Instructions that may trap, tried: is there anything at an address, does this
 * hart have a register?  The trap goes to the instruction behind the attempt.
 * Called at boot with interrupts off; a trap changes sepc, scause, stval and
 * the previous-mode bits of sstatus, in none of which anything is kept then.
 */
#include "riscv/macros.S"

    .text

/* What stands between TRY and TRIED is tried: a0 = 1 if its end is reached, 0
   if it traps.  Clobbers t0, t1. */
.macro TRY
    lla     t0, 1f
    csrrw   t1, stvec, t0
    li      a0, 0
.endm

.macro TRIED
    li      a0, 1
    .balign 4
1:
    csrw    stvec, t1
    ret
.endm

/* try_load8(address), try_load32(address): a0 = whether a load works. */
FUNC try_load8
    mv      t2, a0
    TRY
    lb      t2, 0(t2)
    TRIED
END try_load8

FUNC try_load32
    mv      t2, a0
    TRY
    lw      t2, 0(t2)
    TRIED
END try_load32

/* try_memory(address): a0 = whether a word there changes when it is inverted;
   then it is inverted back. */
FUNC try_memory
    mv      t2, a0
    TRY
    lw      t3, 0(t2)
    not     t4, t3
    sw      t4, 0(t2)
    fence   rw, rw
    lw      t5, 0(t2)
    sw      t3, 0(t2)
    xor     t5, t5, t4
    bnez    t5, 1f
    TRIED
END try_memory

/* try_stimecmp(): a0 = whether the register can be read.  A tree may name the
   Sstc extension where the firmware has not turned it on. */
FUNC try_stimecmp
    TRY
    csrr    t2, 0x14d               // stimecmp
    TRIED
END try_stimecmp

/* try_cache_zero(address): a0 = whether its block of the cache can be zeroed
   (csr.h:cache_zero). */
FUNC try_cache_zero
    mv      t2, a0
    TRY
    .insn i 0x0f, 2, x0, t2, 4
    TRIED
END try_cache_zero

/* try_clear_senvcfg(): senvcfg = 0, where the hart has the register (harts of
   before privileged architecture 1.12 have not). */
FUNC try_clear_senvcfg
    TRY
    csrw    0x10a, zero             // senvcfg; older assemblers lack the name
    TRIED
END try_clear_senvcfg
