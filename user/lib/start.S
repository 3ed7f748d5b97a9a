/*
 * The start of a program.  The kernel enters with a0 = argc, a1 = argv, sp on a
 * 16-byte boundary, and all other registers zero.  A zero ra and fp end a
 * backtrace.
 *
 * When main returns, output_status() makes the status 1 if printed text was
 * lost.  A program that never prints cannot lose any: it is linked with the
 * version here, which touches no page of variables.
 */
        .section .text.start, "ax"
        .globl  _start
        .type   _start, @function
_start:
        mv      s1, a1          // argv: main preserves s1
        call    main            // a0 = status, on return
        mv      a1, s1
        call    output_status
        tail    exit
        .size   _start, . - _start

        .weak   output_status
        .type   output_status, @function
output_status:
        ret
        .size   output_status, . - output_status
