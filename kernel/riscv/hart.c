#include "riscv/hart.h"
#include "lib/klog.h"
#include "mm/layout.h"
#include "mm/kstack.h"
#include "mm/pagetable.h"
#include "sched/thread.h"
#include "riscv/machine.h"
#include "riscv/mmio.h"
#include "riscv/sbi.h"
#include "riscv/timer.h"
#include "riscv/try.h"

/*
 * Harts: starting them, and talking between them.
 *
 * A request to another hart is a bit in its `ipi` word, followed by a software
 * interrupt.  The receiver clears the interrupt before it takes the word, so a
 * request that arrives in between raises the interrupt again and is not lost.
 */
struct hart harts[HART_MAX];
uint32_t hart_count;
static bool icount; // [i] waiting loops give way to other harts

/* How long a started hart may take to come online, in seconds. */
#define START_PATIENCE 5

void hart_entry(void); // entry.S

/*
 * Wait a moment for another hart.  Under QEMU's -icount all harts share one
 * thread, and a spinning hart would keep it to the next timer deadline.  A wfi
 * with an interrupt pending returns at once but lets the others run, so make
 * our own software interrupt pending for its duration, and raise it again if a
 * real request came meanwhile.  Interrupts must be off.
 */
void hart_relax(void)
{
    if (!icount) {
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
    if (icount) {
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

/* Leave a request in a hart's word and interrupt it. */
void hart_send(struct hart *to, uint64_t request)
{
    uint64_t before = atomic_or_full(&to->ipi, request);
    if ((before & request) != request) {
        sbi_send_ipi(to->id);
    }
}

/* Go from HART_OFF to another state; false when the hart is in one already. */
static bool hart_enter(struct hart *hart, enum hart_state state)
{
    return atomic_change(&hart->state, HART_OFF, state);
}

/* Set the registers that are each hart's own.  The vector is in place first,
   so that a fault from here on is reported. */
void hart_init_self(void)
{
    extern void uservec(void);
    csr_write(sscratch, 0); // in the kernel
    csr_write(stvec, uservec);
    csr_write(sie, SIE_ALL);
    csr_write(scounteren, COUNTEREN_ALL);
    try_clear_senvcfg();
    // The firmware leaves the units on; vector state is never saved, so that
    // one stays off, and its instructions are illegal.
    csr_clear(sstatus, SSTATUS_FS | SSTATUS_VS | SSTATUS_SUM | SSTATUS_MXR |
                           SSTATUS_UBE);
    hart_self()->armed = UINT64_MAX;
    kstack_sync();
    if (!hart_enter(hart_self(), HART_ONLINE)) {
        hart_halt();
    }
}

/* Wait until a started hart is online; one that takes too long is given up,
   and halts itself should it come later. */
static bool hart_await(struct hart *hart)
{
    uint64_t deadline = time_now() + START_PATIENCE * machine.timebase;
    while (!hart_is_online(hart)) {
        if (time_now() > deadline) {
            return !hart_enter(hart, HART_LOST);
        }
        hart_relax();
    }
    return true;
}

/* One bit each. */
uint64_t harts_online(void)
{
    uint64_t online = 0;
    for (uint32_t hart = 0; hart < hart_count; hart++) {
        online |= (uint64_t)hart_is_online(&harts[hart]) << hart;
    }
    return online;
}

/* Start one hart on the stack of its idle thread; whether it came online. */
static bool hart_start(struct hart *hart)
{
    struct thread *idle = thread_create_idle(hart);
    hart->spare_stack = kstack_alloc();
    if (idle == NULL || hart->spare_stack == 0) {
        return false;
    }
    hart->idle = &idle->tcb;
    hart->satp = pt_satp(pt_kernel_root);
    return sbi_hart_start(hart->id, virt_to_phys(hart_entry)) == 0 &&
           hart_await(hart);
}

/*
 * Start the others one after the other.  One that fails is left out: it keeps
 * out of HART_ONLINE and is never sent work.
 */
void hart_start_others(void)
{
    icount = args_get(&machine.args, "icount") != NULL;
    for (uint32_t i = 0; i < hart_count; i++) {
        if (!hart_is_online(&harts[i]) && !hart_start(&harts[i])) {
            kprintf("tether: hart %lu did not start, going on without it\n",
                    harts[i].id);
        }
    }
}
