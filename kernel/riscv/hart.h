#pragma once

#include "riscv/csr.h"
#include "riscv/tcb.h"

/*
 * Harts.  The kernel numbers those it runs on: the one that boots is 0, the
 * others follow in the order of the device tree; the machine's own ids may be
 * anything.  Each layer keeps its data of a hart in an array indexed by that
 * number.
 */
enum hart_state {
    HART_OFF,    // not started, or on its way
    HART_ONLINE, // runs threads
    HART_LOST,   // came too late, or has stopped for good
};

struct hart {
    uint64_t spare_stack; // [i] top of the stack for a report of an overflow
    uint64_t id;          // [i] the machine's number
    struct tcb *idle;     // [i] once it is started: its first thread
    uint64_t satp;        // [i] likewise: its first page table, else 0
    uint64_t state;       // [a] enum hart_state
    uint32_t index;       // [i] 0..hart_count-1
    uint64_t stacks;      // [c] kstack_mapped when it last fenced
    uint64_t armed;       // [c] deadline the timer is set to
    uint64_t ipi;         // [a] requests from other harts: IPI_*
};

static_assert(offsetof(struct hart, spare_stack) == HART_SPARE, "asm.h");
static_assert(offsetof(struct hart, id) == HART_ID, "asm.h");
static_assert(offsetof(struct hart, idle) == HART_IDLE, "asm.h");
static_assert(offsetof(struct hart, satp) == HART_SATP, "asm.h");
static_assert(sizeof(struct hart) == HART_SIZE, "asm.h");

extern struct hart harts[HART_MAX];
extern uint32_t hart_count; // [i] after boot

/* The hart this code runs on; interrupts must be off. */
static inline struct hart *hart_self(void)
{
    assert_irq_off();
    return tcb_self()->hart;
}

static inline uint32_t hart_index(void)
{
    return hart_self()->index;
}

static inline bool hart_is_online(const struct hart *hart)
{
    return atomic_load_acquire(&hart->state) == HART_ONLINE;
}

/* The harts that are online, one bit each. */
uint64_t harts_online(void);

/* Called in every loop that waits for another hart; interrupts off. */
void hart_relax(void);

/* Called now and then in a loop that has waited for long; interrupts off. */
void hart_nap(void);

/* Requests between harts.  IPI_RESCHED asks for no more than the trap: after
   it an idle hart looks at its queue, and a killed thread, before it returns to
   user mode, at its work. */
#define IPI_RESCHED (1UL << 0) // look at the run queue again
#define IPI_SHOOT   (1UL << 1) // serve TLB requests (mm/shootdown)
#define IPI_HALT    (1UL << 2) // stop: another hart panics

/* Send `request` to a hart; returns before it is served.  Any context. */
void hart_send(struct hart *to, uint64_t request);

/* Take the requests that this hart's software interrupt stands for; one to halt
   is obeyed at once.  Interrupts must be off. */
uint64_t hart_take_requests(void);

/* Stop this hart for good: another one panics, or the machine is off. */
_Noreturn void hart_halt(void);
