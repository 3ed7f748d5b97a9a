/*
 * entryregs: show that exec hands over no registers of the old program.
 *
 * This program starts before the C library does.  Its entry collects all
 * registers that must be zero, integer and floating point, and exits with
 * status 0 if they are.  a0 and a1 hold argc and argv; sp holds the stack
 * pointer, which must be on a 16-byte boundary.
 */
#include "api/syscall.h"

/* The numbers of the calls, as names for the assembler. */
#define EQU(number, name, kind, arguments) ".equ SYS_" #name ", " #number "\n"
asm(SYSCALL_LIST(EQU));

asm(".globl _start\n"
    ".text\n"
    "_start:\n"
    "or ra, ra, gp\n"
    "or ra, ra, tp\n"
    ".irp r, 5, 6, 7, 8, 9, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, "
    "24, 25, 26, 27, 28, 29, 30, 31\n"
    "or ra, ra, x\\r\n"
    ".endr\n"
    "andi t0, sp, 15\n"
    "or ra, ra, t0\n"
    ".irp r, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, "
    "19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31\n"
    "fmv.x.d t0, f\\r\n"
    "or ra, ra, t0\n"
    ".endr\n"
    "frcsr t0\n"
    "or ra, ra, t0\n"
    "snez a0, ra\n"
    "li a7, SYS_exit\n"
    "ecall\n");
