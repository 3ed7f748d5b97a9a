#include "mm/shootdown.h"
#include "riscv/hart.h"

/*
 * TLB shoot-down.
 *
 * A hart flushes its user translations whenever it changes to another address
 * space, and idle threads run on the kernel's own root; so a change to a page
 * table concerns only the harts that run the address space right now.  For
 * each of them the initiator sets its own bit in that hart's `wanted` word,
 * sends an IPI and waits until the bit is gone.  While it waits it serves the
 * requests of others, so two initiators cannot wait for each other.  Global
 * entries are flushed as well, so that kernel stacks can be unmapped, too.
 *
 * Interrupts stay off throughout, so that the bit stays this hart's.
 */
static uint64_t wanted[HART_MAX]; // [a] bit i: hart i waits for a flush

/* Flush for every hart that asked before the flush began. */
void shootdown_serve(void)
{
    uint64_t *mine = &wanted[hart_index()];
    uint64_t askers = atomic_load_acquire(mine);
    if (askers != 0) {
        tlb_flush_all();
        atomic_and_full(mine, ~askers);
    }
}

void shootdown(uint64_t set)
{
    assert_can_sleep();
    bool was_on = irq_off();
    uint64_t mine = 1UL << hart_index();
    uint64_t others = set & ~mine;
    tlb_flush_all();
    for (uint64_t left = others; left != 0; left &= left - 1) {
        uint32_t i = bit_lowest(left);
        atomic_or_full(&wanted[i], mine);
        hart_send(&harts[i], IPI_SHOOT);
    }
    for (uint64_t left = others; left != 0; left &= left - 1) {
        uint32_t i = bit_lowest(left);
        while ((atomic_load_acquire(&wanted[i]) & mine) != 0) {
            shootdown_serve();
            hart_relax();
        }
    }
    irq_restore(was_on);
}
