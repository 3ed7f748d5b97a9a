#pragma once

#include "check/check.h"
#include "lib/atomic.h"

/* Supervisor control and status registers (privileged architecture 20211203,
   section 4.1) and the few instructions that C cannot express. */

#define SSTATUS_SIE      (1UL << 1)  // interrupts on, in supervisor mode
#define SSTATUS_UBE      (1UL << 6)  // programs run big-endian: never
#define SSTATUS_SPP      (1UL << 8)  // the trap came from supervisor mode
#define SSTATUS_VS       (3UL << 9)  // vector unit: always off
#define SSTATUS_FS       (3UL << 13) // floating point: off, initial, ...
#define SSTATUS_FS_CLEAN (2UL << 13)
#define SSTATUS_FS_DIRTY (3UL << 13)
#define SSTATUS_SUM      (1UL << 18) // never set: see vm/uaccess.c
#define SSTATUS_MXR      (1UL << 19) // loads from execute-only pages: never

#define SIE_SSIE      (1UL << 1) // between harts; sip has the same bits
#define SIE_STIE      (1UL << 5) // timer
#define SIE_SEIE      (1UL << 9) // external, from the PLIC
#define SIE_ALL       (SIE_SSIE | SIE_STIE | SIE_SEIE)
#define COUNTEREN_ALL 7UL // programs may read cycle, time and instret
#define SATP_SV39     (8UL << 60)

/* scause */
#define CAUSE_INTERRUPT  (1UL << 63)
#define CAUSE_SOFT       (CAUSE_INTERRUPT | 1)
#define CAUSE_TIMER      (CAUSE_INTERRUPT | 5)
#define CAUSE_EXTERNAL   (CAUSE_INTERRUPT | 9)
#define CAUSE_ILLEGAL    2
#define CAUSE_ECALL_USER 8
#define CAUSE_FETCH_PAGE 12
#define CAUSE_LOAD_PAGE  13
#define CAUSE_STORE_PAGE 15

#define csr_read(reg)                                                          \
    ({                                                                         \
        uint64_t csr_value_;                                                   \
        asm volatile("csrr %0, " #reg : "=r"(csr_value_));                     \
        csr_value_;                                                            \
    })
#define csr_write(reg, value)                                                  \
    asm volatile("csrw " #reg ", %0" ::"rK"((uint64_t)(value)) : "memory")
#define csr_set(reg, bits)                                                     \
    asm volatile("csrs " #reg ", %0" ::"rK"((uint64_t)(bits)) : "memory")
#define csr_clear(reg, bits)                                                   \
    asm volatile("csrc " #reg ", %0" ::"rK"((uint64_t)(bits)) : "memory")

/* Zero an address's block of the cache: cbo.zero, of Zicboz. */
static inline void cache_zero(void *at)
{
    asm volatile(".insn i 0x0f, 2, x0, %0, 4" ::"r"(at) : "memory");
}

/* The `time` counter, in units of the machine's time base. */
static inline uint64_t time_now(void)
{
    return csr_read(time);
}

static inline void irq_on(void)
{
    csr_set(sstatus, SSTATUS_SIE);
}

/* In checked builds: interrupts are off. */
#define assert_irq_off() check_that((csr_read(sstatus) & SSTATUS_SIE) == 0)

/* Turn interrupts off; returns whether they were on. */
static inline bool irq_off(void)
{
    uint64_t old;
    asm volatile("csrrci %0, sstatus, 2" : "=r"(old)::"memory");
    return (old & SSTATUS_SIE) != 0;
}

/* Turn interrupts on again if irq_off has found them on. */
static inline void irq_restore(bool was_on)
{
    if (was_on) {
        irq_on();
    }
}

/* Sleep until an enabled interrupt is pending, whether or not SIE is set. */
static inline void wait_for_interrupt(void)
{
    asm volatile("wfi" ::: "memory");
}

/* Forget this hart's cached translations: all; all but the global ones. */
static inline void tlb_flush_all(void)
{
    asm volatile("sfence.vma zero, zero" ::: "memory");
}
static inline void tlb_flush_user(void)
{
    asm volatile("li t0, 0\n\tsfence.vma zero, t0" ::: "t0", "memory");
}

/* Compare and swap: whether the word was `from`.  It acquires and releases
   (lib/atomic.h); gcc 12 compiles its own builtin to code that does neither. */
static inline bool atomic_change(uint64_t *word, uint64_t from, uint64_t to)
{
    uint64_t found;
    uint64_t failed;
    asm volatile("1: lr.d.aq %0, %2\n\tbne %0, %z3, 2f\n\t"
                 "sc.d.rl %1, %z4, %2\n\tbnez %1, 1b\n2:"
                 : "=&r"(found), "=&r"(failed), "+A"(*word)
                 : "rJ"(from), "rJ"(to)
                 : "memory");
    return found == from;
}

/* Make this hart fetch instructions that were stored before. */
static inline void fetch_fence(void)
{
    asm volatile("fence.i" ::: "memory");
}
