#include "riscv/sbi.h"

/*
 * Calls to the firmware: extension in a7, function in a6, arguments in a0...,
 * error and value back in a0 and a1 (SBI specification 1.0, chapter 3).
 */
enum {
    EXT_PUTCHAR = 0x01,
    EXT_TIMER = 0x54494d45,
    EXT_IPI = 0x735049,
    EXT_HART = 0x48534d,
    EXT_RESET = 0x53525354,
};

/* Make one call; returns the error. */
static long sbi_call(uint64_t extension, uint64_t function, uint64_t arg0,
                     uint64_t arg1)
{
    register uint64_t a0 asm("a0") = arg0;
    register uint64_t a1 asm("a1") = arg1;
    register uint64_t a6 asm("a6") = function;
    register uint64_t a7 asm("a7") = extension;
    asm volatile("ecall" : "+r"(a0), "+r"(a1) : "r"(a6), "r"(a7) : "memory");
    return (long)a0;
}

/* One character a call: older firmware knows no other way. */
void sbi_log(const char *text, unsigned long length)
{
    for (unsigned long i = 0; i < length; i++) {
        sbi_call(EXT_PUTCHAR, 0, (uint8_t)text[i], 0);
    }
}

/* Ask for a timer interrupt on this hart; clears a pending one. */
void sbi_set_timer(uint64_t deadline)
{
    sbi_call(EXT_TIMER, 0, deadline, 0);
}

/* Interrupt one hart, named by a mask of one bit with base `id`. */
void sbi_send_ipi(uint64_t id)
{
    sbi_call(EXT_IPI, 0, 1, id);
}

/* Start a stopped hart.  The third argument is for its a1, which no one reads,
   so a2 may hold anything. */
long sbi_hart_start(uint64_t id, paddr_t entry)
{
    return sbi_call(EXT_HART, 0, id, entry);
}

/* Type 0 is shutdown; the reason cannot carry a status. */
void sbi_shutdown(void)
{
    sbi_call(EXT_RESET, 0, 0, 0);
}
