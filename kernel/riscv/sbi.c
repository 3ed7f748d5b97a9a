#include "riscv/sbi.h"
#include "riscv/linear.h"
#include "riscv/mmio.h"

/*
 * Calls to the firmware: extension in a7, function in a6, arguments in a0...,
 * error and value back in a0 and a1 (SBI specification 1.0, chapter 3).
 */
enum {
    EXT_PUTCHAR = 0x01, // legacy, as is the next: no function number
    EXT_GETCHAR = 0x02,
    EXT_BASE = 0x10,
    EXT_CONSOLE = 0x4442434e,
    EXT_TIMER = 0x54494d45,
    EXT_IPI = 0x735049,
    EXT_HART = 0x48534d,
    EXT_RESET = 0x53525354,
};

struct result {
    long error;
    uint64_t value;
};

static bool has_console; // [i] the debug console extension is there

/* Make one call. */
static struct result sbi_call(uint64_t extension, uint64_t function,
                              uint64_t arg0, uint64_t arg1)
{
    register uint64_t a0 asm("a0") = arg0;
    register uint64_t a1 asm("a1") = arg1;
    register uint64_t a6 asm("a6") = function;
    register uint64_t a7 asm("a7") = extension;
    register uint64_t a2 asm("a2") = 0; // upper half of a physical address
    asm volatile("ecall"
                 : "+r"(a0), "+r"(a1), "+r"(a2)
                 : "r"(a6), "r"(a7)
                 : "memory");
    return (struct result){(long)a0, a1};
}

/* Older firmware has only the legacy console, newer may have only the other. */
void sbi_init(void)
{
    enum { PROBE_EXTENSION = 3 };
    struct result found = sbi_call(EXT_BASE, PROBE_EXTENSION, EXT_CONSOLE, 0);
    has_console = found.error == 0 && found.value != 0;
}

/* One character a call, so that the text need not be in the linear map.  The
   legacy call has no function number and ignores this one. */
void sbi_log(const char *text, unsigned long length)
{
    enum { WRITE_BYTE = 2 };
    uint64_t extension = has_console ? EXT_CONSOLE : EXT_PUTCHAR;
    for (unsigned long i = 0; i < length; i++) {
        sbi_call(extension, WRITE_BYTE, (uint8_t)text[i], 0);
    }
}

/* The debug console stores what it reads. */
int sbi_receive(void)
{
    enum { READ = 1 };
    static volatile unsigned char byte;
    if (!has_console) {
        return (int)sbi_call(EXT_GETCHAR, 0, 0, 0).error;
    }
    struct result got =
        sbi_call(EXT_CONSOLE, READ, 1, virt_to_phys((const void *)&byte));
    return got.error == 0 && got.value == 1 ? byte : -1;
}

/* Ask for a timer interrupt on this hart; clears a pending one. */
void sbi_set_timer(uint64_t deadline)
{
    sbi_call(EXT_TIMER, 0, deadline, 0);
}

/* Interrupt one hart, named by a mask of one bit with base `id`.  It finds what
   was stored before: the fence orders memory and the call as for a device. */
void sbi_send_ipi(uint64_t id)
{
    io_fence();
    sbi_call(EXT_IPI, 0, 1, id);
}

/* Start a stopped hart, which finds what was stored before.  The third argument
   is for its a1, which nobody reads, so a2 may hold anything. */
long sbi_hart_start(uint64_t id, paddr_t entry)
{
    io_fence();
    return sbi_call(EXT_HART, 0, id, entry).error;
}

/* Type 0 is shutdown; the reason cannot carry a status. */
void sbi_shutdown(void)
{
    sbi_call(EXT_RESET, 0, 0, 0);
}
