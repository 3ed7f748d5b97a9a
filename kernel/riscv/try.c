#include "riscv/try.h"
#include "riscv/csr.h"
#include "riscv/mmio.h"

/*
 * Instructions that may trap, tried: is there anything at an address, does this
 * hart have a register?
 *
 * For the attempt, stvec points to the instruction behind it, so a trap only
 * ends it early.  The trap changes sepc, scause, stval and the previous-mode
 * bits of sstatus, which hold nothing while interrupts are off at boot.
 */

/* Whether `instruction`, whose operands %2 and %3 are `a` and `b`, does not
   trap.  The low bits of stvec are its mode, hence the alignment (privileged
   architecture 20211203, section 4.1.2). */
#define TRY(instruction, a, b)                                                 \
    ({                                                                         \
        uint64_t passed_;                                                      \
        uint64_t vector_;                                                      \
        assert_irq_off();                                                      \
        asm volatile(                                                          \
            "lla %1, 1f\n\tcsrrw %1, stvec, %1\n\tli %0, 0\n\t" instruction    \
            "\n\tli %0, 1\n\t.balign 4\n"                                      \
            "1:\tcsrw stvec, %1"                                               \
            : "=&r"(passed_), "=&r"(vector_)                                   \
            : "r"(a), "r"(b)                                                   \
            : "memory");                                                       \
        passed_ != 0;                                                          \
    })

bool try_load8(const volatile void *address)
{
    return TRY("lb zero, (%2)", address, 0);
}

bool try_load32(const volatile void *address)
{
    return TRY("lw zero, (%2)", address, 0);
}

/* Invert a word, look whether it has changed, and invert it back. */
bool try_memory(void *address)
{
    volatile uint32_t *word = address;
    if (!try_load32(word)) {
        return false;
    }
    uint32_t before = *word;
    if (!TRY("sw %3, (%2)", word, ~before)) {
        return false;
    }
    io_fence();
    bool is_kept = *word == ~before;
    *word = before;
    return is_kept;
}

/* A tree may name the Sstc extension where the firmware has not turned it on.
   (Older assemblers lack the names of both registers here.) */
bool try_stimecmp(void)
{
    return TRY("csrr zero, 0x14d", 0, 0);
}

bool try_cache_zero(void *address)
{
    return TRY(".insn i 0x0f, 2, x0, %2, 4", address, 0); // as cache_zero
}

/* Harts from before privileged architecture 1.12 have no senvcfg. */
bool try_clear_senvcfg(void)
{
    return TRY("csrw 0x10a, zero", 0, 0);
}
