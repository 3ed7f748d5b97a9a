/*
 * Where a program begins.  The kernel enters with a0 = argc, a1 = argv, sp on
 * a 16-byte boundary and every other register zero.  ra and fp are zero, which
 * is where a backtrace ends.
 */
        .section .text.start, "ax"
        .globl  _start
        .type   _start, @function
_start:
        call    main            // a0 = status on return
        tail    exit
        .size   _start, . - _start
