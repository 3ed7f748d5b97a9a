/*
 * Where a program begins.  The kernel enters with a0 = argc, a1 = argv, sp on
 * a 16-byte boundary and every other register zero.  ra and fp are zero, which
 * is where a backtrace ends.
 *
 * When main returns, output_status() makes the status 1 if printed text was
 * lost.  A program that never prints has nothing to lose: it gets the one here,
 * and so does not touch a page of variables.
 */
        .section .text.start, "ax"
        .globl  _start
        .type   _start, @function
_start:
        mv      s1, a1          // argv: main keeps s1
        call    main            // a0 = status on return
        mv      a1, s1
        call    output_status
        tail    exit
        .size   _start, . - _start

        .weak   output_status
        .type   output_status, @function
output_status:
        ret
        .size   output_status, . - output_status
