#include "start.h"
#include "mm/kstack.h"
#include "mm/pagetable.h"
#include "riscv/machine.h"
#include "riscv/sbi.h"
#include "riscv/try.h"
#include "sched/thread.h"

/*
 * The start of harts: each prepares its own registers; the first one then
 * starts the others, on the stacks of their idle threads.
 */

/* How long a started hart may take to come online, in seconds. */
#define START_PATIENCE 5

void hart_entry(void); // riscv/entry.S

/* Set the registers that are each hart's own.  The vector is in place first,
   so that a fault from here on is reported.  A hart that the boot hart has
   given up goes no further. */
void start_self(void)
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
    if (!atomic_change(&hart_self()->state, HART_OFF, HART_ONLINE)) {
        hart_halt();
    }
}

/* Start one hart on the stack of its idle thread; whether it came online.  One
   that takes too long is given up, and halts itself should it come later. */
static bool start_hart(struct hart *hart)
{
    assert(hart->index != 0 && hart->idle == NULL);
    struct thread *idle = thread_create_idle(hart);
    hart->spare_stack = kstack_alloc();
    if (idle == NULL || hart->spare_stack == 0) {
        return false;
    }
    hart->satp = pt_satp(pt_kernel_root);
    if (sbi_hart_start(hart->id, virt_to_phys(hart_entry)) != 0) {
        return false;
    }
    uint64_t deadline = time_now() + START_PATIENCE * machine.timebase;
    while (!hart_is_online(hart) && time_now() <= deadline) {
        hart_relax();
    }
    return !atomic_change(&hart->state, HART_OFF, HART_LOST);
}

/*
 * Start the others one after the other.  One that fails is left out: it keeps
 * out of HART_ONLINE and is never sent work.
 */
void start_others(void)
{
    for (uint32_t i = 0; i < hart_count; i++) {
        if (!hart_is_online(&harts[i]) && !start_hart(&harts[i])) {
            kprintf("tether: hart %lu did not start, going on without it\n",
                    harts[i].id);
        }
    }
}
