#include "riscv/hart.h"
#include "riscv/machine.h"
#include "riscv/mmio.h"
#include "riscv/sbi.h"
#include "riscv/timer.h"

/*
 * Requests between harts, and how one waits for another.
 *
 * A request to another hart is a bit in its `ipi` word, followed by a software
 * interrupt.  The receiver clears the interrupt before it takes the word, so a
 * request that arrives in between raises the interrupt again and is not lost.
 */
struct hart harts[HART_MAX];
uint32_t hart_count;

/* Leave a request in a hart's word and interrupt it. */
void hart_send(struct hart *to, uint64_t request)
{
    check_that(request != 0);
    uint64_t before = atomic_or_full(&to->ipi, request);
    if ((before & request) != request) {
        sbi_send_ipi(to->id);
    }
}

/* In this order: see above. */
uint64_t hart_take_requests(void)
{
    assert_irq_off();
    csr_clear(sip, SIE_SSIE);
    io_fence();
    uint64_t requests = atomic_swap_full(&hart_self()->ipi, 0);
    if ((requests & IPI_HALT) != 0) {
        hart_halt();
    }
    return requests;
}

/*
 * Wait a moment for another hart.  Under QEMU's -icount all harts share one
 * thread, and a spinning hart would keep it to the next timer deadline.  A wfi
 * with an interrupt pending returns at once but lets the others run, so make
 * our own software interrupt pending for its duration, and raise it again if a
 * real request came meanwhile.
 */
void hart_relax(void)
{
    assert_irq_off();
    if (!machine.icount) {
        asm volatile(".word 0x0100000f" ::: "memory"); // pause (Zihintpause)
        return;
    }
    csr_set(sip, SIE_SSIE);
    wait_for_interrupt();
    csr_clear(sip, SIE_SSIE);
    io_fence();
    if (atomic_load_relaxed(&hart_self()->ipi) != 0) {
        csr_set(sip, SIE_SSIE);
    }
}

/*
 * Sleep for a tenth of a millisecond.  Where an emulator has more harts than
 * its host has processors, a hart that spins can keep the very hart from
 * running that it waits for; one that sleeps cannot.  Other interrupts are kept
 * out, or one that is pending would end the sleep at once.
 */
void hart_nap(void)
{
    enum { NAPS_PER_SECOND = 10000 };
    assert_irq_off();
    if (machine.icount) {
        hart_relax();
        return;
    }
    uint64_t armed = hart_self()->armed; // may be due, and would end the sleep
    csr_write(sie, SIE_STIE);
    timer_set(time_now() + machine.timebase / NAPS_PER_SECOND);
    wait_for_interrupt();
    timer_set(armed);
    csr_write(sie, SIE_ALL);
}

uint64_t harts_online(void)
{
    uint64_t online = 0;
    for (uint32_t hart = 0; hart < hart_count; hart++) {
        online |= (uint64_t)hart_is_online(&harts[hart]) << hart;
    }
    return online;
}

/* Interrupts stay off, so nothing wakes this hart for long. */
_Noreturn void hart_halt(void)
{
    irq_off();
    atomic_store_release(&hart_self()->state, HART_LOST);
    for (;;) {
        csr_write(sie, 0);
        wait_for_interrupt();
    }
}
