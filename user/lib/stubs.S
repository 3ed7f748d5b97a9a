/*
 * The system calls as functions, from the list of calls.  The calling
 * convention already puts the arguments in a0 to a5, where the kernel expects
 * them, so a stub only has to load the number of the call.  A negative result
 * is an error number; syscall_failed() stores it in `errno`.
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

        // Next to _start, because every program touches that page.
        .section .text.start, "ax"
        SYSCALL_LIST(STUB)
        stub    pause, SYS_pause
        stub    sys_sbrk, SYS_sbrk      // what xv6 calls it
