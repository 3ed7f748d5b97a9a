#include "check/check.h"
#include "check/lockstat.h"
#include "lib/str.h"
#include "sched/thread.h"
#include "riscv/hart.h"
#include "riscv/machine.h"

/*
 * The checked build: what the kernel promises itself, tested at run time.
 * Nothing here is compiled into the normal build.
 *
 * Ranks are noted per thread, since a thread keeps its sleep locks when it is
 * switched out.  The run queue's lock passes from one thread to the next at
 * swtch; both count it by rank, so the count stays right.
 */

/* Note a lock without an order: one that was free and did not wait. */
void check_note(enum lock_rank rank)
{
    struct tcb *self = tcb_self();
    if (self->held.count == HELD_MAX) {
        panic("check: more than %d locks held", HELD_MAX);
    }
    self->held.since[self->held.count] = 0;
    self->held.rank[self->held.count++] = (uint8_t)rank;
}

/* The rank must be above that of every lock held. */
void check_acquire(const char *name, enum lock_rank rank, bool again)
{
    const struct tcb *self = tcb_self();
    if (again) {
        panic("check: lock \"%s\" taken twice by one thread", name);
    }
    for (uint32_t i = 0; i < self->held.count; i++) {
        if (self->held.rank[i] >= rank) {
            panic("check: lock \"%s\" of rank %d taken while one of rank %d "
                  "is held",
                  name, rank, self->held.rank[i]);
        }
    }
    check_note(rank);
}

/* Forget the lock; releases may come in any order. */
void check_release(const char *name, enum lock_rank rank)
{
    struct tcb *self = tcb_self();
    for (uint32_t i = self->held.count; i-- > 0;) {
        if (self->held.rank[i] == (uint8_t)rank) {
            lockstat_release(name, rank, self->held.since[i]);
            self->held.rank[i] = self->held.rank[--self->held.count];
            self->held.since[i] = self->held.since[self->held.count];
            return;
        }
    }
    panic("check: lock \"%s\" released but not held", name);
}

/* Sleeping with a spinlock held would stop all others who want it. */
void check_can_sleep(const char *what)
{
    const struct tcb *self = tcb_self();
    if (self->irq_depth != 0 || (csr_read(sstatus) & SSTATUS_SIE) == 0) {
        panic("check: %s may sleep, but %u spinlocks are held or interrupts "
              "are off",
              what, self->irq_depth);
    }
}

void check_ranks_below(enum lock_rank limit, const char *what)
{
    const struct tcb *self = tcb_self();
    for (uint32_t i = 0; i < self->held.count; i++) {
        if (self->held.rank[i] > limit) {
            panic("check: %s with a lock of rank %d held", what,
                  self->held.rank[i]);
        }
    }
}

void check_poison(void *memory, size_t n)
{
    memset(memory, POISON_FREE, n);
}

/* Panic at the first byte that has changed. */
void check_unchanged(const void *memory, size_t n, int byte, const char *what)
{
    const unsigned char *at = memory;
    for (size_t i = 0; i < n; i++) {
        if (at[i] != byte) {
            panic("check: %s at %p was written after it was freed: offset "
                  "%lu holds 0x%02x",
                  what, memory, i, at[i]);
        }
    }
}

/* Fault injection: with failalloc=N every N-th allocation fails, but not for
   init and its shell, which could not go on. */
static uint64_t fail_every;  // [i] once programs run
static uint64_t drop_every;  // [i] likewise
static uint64_t allocations; // [a]

bool check_fail_alloc(void)
{
    return fail_every != 0 && !tcb_self()->may_use_reserve &&
           (atomic_add_relaxed(&allocations, 1) + 1) % fail_every == 0;
}

/* With dropirq=N every N-th interrupt of the disk is lost. */
bool check_drop_interrupt(void)
{
    static uint64_t interrupts; // only the boot hart gets them
    return drop_every != 0 && ++interrupts % drop_every == 0;
}

void check_fault_init(void)
{
    fail_every = machine_arg_number("failalloc", 2, UINT32_MAX, 0);
    drop_every = machine_arg_number("dropirq", 2, UINT32_MAX, 0);
}

/* Guards of the stack protector; the value is any that no text contains. */
extern uint64_t __stack_chk_guard;
uint64_t __stack_chk_guard = 0x00f7a93c5be1d20a;

_Noreturn void __stack_chk_fail(void);
_Noreturn void __stack_chk_fail(void)
{
    panic("check: a local array was written past its end");
}
