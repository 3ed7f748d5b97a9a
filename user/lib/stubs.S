/*
 * The system calls as functions, from the list of calls.  By the calling
 * convention the arguments already stand in a0..a5, where the kernel wants
 * them: a stub has only to name the call.  A negative result is an error
 * number, which syscall_failed() moves to `errno`.
 */
#include "api/syscall.h"

.macro stub name, number
        .globl  \name
        .type   \name, @function
\name:
        li      a7, \number
        ecall
        bltz    a0, 1f
        ret
1:      tail    syscall_failed
        .size   \name, . - \name
.endm
#define STUB(number, name, kind, arguments) stub name, number;

        // Beside _start: every program touches that page.
        .section .text.start, "ax"
        SYSCALL_LIST(STUB)
        stub    pause, SYS_pause
        stub    sys_sbrk, SYS_sbrk      // what xv6 calls it
