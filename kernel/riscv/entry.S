/*
 * Where harts enter the kernel, still in physical addresses.
 *
 * The kernel is linked in the upper half of the address space.  The first
 * hart turns the MMU on with a boot page table that maps physical memory there,
 * wherever RAM and device tree may lie; the others come later and use the real
 * one.  No identity map is needed: stvec points to the next instruction's
 * upper-half address, so the fetch that faults right after satp is written
 * lands there.
 */
#include "riscv/macros.S"

    .section .text.entry, "ax"

/* Turn the MMU on with `satp`, and go on where the kernel is linked.
   Clobbers t0, t1. */
.macro ENTER_UPPER_HALF satp
    li      t0, LINEAR_BASE
    lla     t1, 1f
    add     t1, t1, t0
    csrw    stvec, t1
    sfence.vma
    csrw    satp, \satp
    nop                             // the fetch here faults to 1:
    .balign 4
1:
    lla     t0, boot_trap
    csrw    stvec, t0
.endm

/*
 * On entry (from the firmware): a0 = hart id, a1 = device tree (physical),
 *   satp = 0, interrupts off; stvec is arbitrary.
 * On exit: kernel_main(hart id, device tree) on the boot stack.
 */
FUNC _start
    lla     t0, boot_taken          // the first one here boots
    li      t1, 1
    amoswap.w.aq t1, t1, (t0)
    bnez    t1, hart_entry
    lla     t0, bss_start           // not part of a raw binary: clear it
    lla     t1, kernel_end
.Lclear:
    sd      zero, 0(t0)
    addi    t0, t0, 8
    bltu    t0, t1, .Lclear
    lla     t2, boot_root
    srli    t2, t2, 12
    li      t1, 8 << 60             // Sv39
    or      t2, t2, t1
    ENTER_UPPER_HALF t2
    lla     sp, boot_stack_end
    lla     tp, boot_thread         // tcb of the thread that boots
    call    kernel_main
END _start

/*
 * A further hart, started through SBI HSM.
 * On entry: a0 = its machine id, satp = 0, interrupts off.
 * On exit: kernel_main_secondary(), on the stack of its idle thread.
 *
 * Its struct hart is found by id, not through a1: OpenSBI 1.1 lets a hart that
 * is awake go before it has stored address and argument, so that on a busy
 * machine one in some hundred comes to _start with old values.  It is
 * recognised there and continues here.
 */
FUNC hart_entry
    fence                           // see what the boot hart has stored
    lla     t0, harts - HART_SIZE
    li      t1, HART_MAX
.Lnext_hart:
    beqz    t1, boot_trap           // not one of ours
    addi    t1, t1, -1
    addi    t0, t0, HART_SIZE
    ld      t2, HART_ID(t0)
    bne     t2, a0, .Lnext_hart
    ld      tp, HART_IDLE(t0)
    ld      t2, HART_SATP(t0)
    beqz    t2, boot_trap           // not asked to come
    ENTER_UPPER_HALF t2
    ld      sp, TCB_STACK_TOP(tp)
    call    kernel_main_secondary
END hart_entry

/* A trap before the trap vectors are installed: stop where a debugger sees
   it.  No console exists yet. */
    .balign 4
FUNC boot_trap
    wfi
    j       boot_trap
END boot_trap

/*
 * Root of the boot page table: the linear map in leaves of 1 GiB.  All may be
 * read and written (V R W G A D = 0xe7); only that of the kernel, which
 * promises to be loaded at 0x80200000, may be executed as well (0xef).  What is
 * neither RAM nor a device is mapped, too: until kmap_init, it is the machine's
 * own memory attributes that keep a hart from reading ahead there.
 */
    .section .data
boot_taken:
    .word   0
    .balign 4096
boot_root:
    .zero   256 * 8
    .set    gib, 0
    .rept   LINEAR_GIB
    .ifeq   gib - 2
    .dword  gib << 28 | 0xef
    .else
    .dword  gib << 28 | 0xe7
    .endif
    .set    gib, gib + 1
    .endr
    .zero   (512 - 256 - LINEAR_GIB) * 8

/* The boot stack: the upper half of an aligned slot, like every other. */
    .section .bss.stack, "aw", @nobits
    .balign STACK_SLOT
    .zero   STACK_SLOT
boot_stack_end:
    .globl  boot_stack_end
