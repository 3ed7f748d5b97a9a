#include "riscv/macros.S"

    .text

/*
 * swtch(prev, next): from one thread straight to another.
 * On entry: a0 = tcb to leave, a1 = tcb to enter, interrupts off.
 * On exit:  running as a1's thread, on its stack; a0 still names the tcb that
 *   was left, so that the new thread can finish the switch.
 * Clobbers nothing that a function call preserves: those registers are saved
 *   in prev and loaded from next.  The rest belongs to the caller by the ABI.
 */
FUNC swtch
    EACH_SAVED sd, a0               // registers of A into A's block
    END_RESERVATION a0
    mv      tp, a1
    EACH_SAVED ld, a1               // registers of B; sp: B's kernel stack
    ret                             // to where B called swtch
END swtch

/*
 * First code of a new thread, reached by the ret above.
 * On entry: a0 = tcb that was left, s0 = function, s1 = its argument.
 * On exit:  thread_begin(prev, function, argument), which does not return.
 */
FUNC thread_trampoline
    mv      a1, s0
    mv      a2, s1
    li      ra, 0                   // nobody called it
    j       thread_begin
END thread_trampoline
