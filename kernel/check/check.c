#include "check/check.h"
#include "lib/klog.h"
#include "lib/panic.h"
#include "lib/str.h"
#include "mm/layout.h"
#include "mm/pool.h"
#include "mm/shootdown.h"
#include "proc/thread.h"
#include "riscv/hart.h"
#include "riscv/machine.h"
#include "sync/spinlock.h"

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
    if (self->held_count == HELD_MAX) {
        panic("check: more than %d locks held", HELD_MAX);
    }
    self->held_times.since[self->held_count] = 0;
    self->held[self->held_count++] = (uint8_t)rank;
}

/* The rank has to rise. */
void check_acquire(const char *name, enum lock_rank rank, bool again)
{
    const struct tcb *self = tcb_self();
    if (again) {
        panic("check: lock \"%s\" taken twice by one thread", name);
    }
    for (uint32_t i = 0; i < self->held_count; i++) {
        if (self->held[i] >= rank) {
            panic("check: lock \"%s\" of rank %d taken while one of rank %d "
                  "is held",
                  name, rank, self->held[i]);
        }
    }
    check_note(rank);
}

/* Forget the lock; releases may come in any order. */
void check_release(const char *name, enum lock_rank rank)
{
    struct tcb *self = tcb_self();
    for (uint32_t i = self->held_count; i-- > 0;) {
        if (self->held[i] == (uint8_t)rank) {
            lockstat_release(name, rank, self->held_times.since[i]);
            self->held[i] = self->held[--self->held_count];
            self->held_times.since[i] =
                self->held_times.since[self->held_count];
            return;
        }
    }
    panic("check: lock \"%s\" released but not held", name);
}

/* Sleeping with a spinlock held would stop all others who want it. */
void check_can_sleep(const char *what)
{
    const struct tcb *self = tcb_self();
    if (self->irq_depth != 0 || !irq_is_on()) {
        panic("check: %s may sleep, but %u spinlocks are held or interrupts "
              "are off",
              what, self->irq_depth);
    }
}

/* No lock above the limit. */
void check_ranks_below(enum lock_rank limit, const char *what)
{
    const struct tcb *self = tcb_self();
    for (uint32_t i = 0; i < self->held_count; i++) {
        if (self->held[i] > limit) {
            panic("check: %s with a lock of rank %d held", what, self->held[i]);
        }
    }
}

/* Freed memory. */
void check_poison(void *memory, size_t n)
{
    memset(memory, POISON_FREE, n);
}

/* Whether it was left alone. */
void check_poisoned(const void *memory, size_t n, const char *what)
{
    const unsigned char *byte = memory;
    for (size_t i = 0; i < n; i++) {
        if (byte[i] != POISON_FREE) {
            panic("check: %s at %p was written after it was freed: offset "
                  "%lu holds 0x%02x",
                  what, memory, i, byte[i]);
        }
    }
}

/* Fault injection: with failalloc=N every N-th allocation fails, but not for
   init and its shell, which could not go on. */
static uint64_t fail_every;  // [i] once programs run
static uint64_t drop_every;  // [i] the same
static uint64_t allocations; // [a]

bool check_fail_alloc(void)
{
    return fail_every != 0 && !thread_may_use_reserve() &&
           __atomic_add_fetch(&allocations, 1, __ATOMIC_RELAXED) % fail_every ==
               0;
}

/* With dropirq=N every N-th interrupt of the disk is lost. */
bool check_drop_interrupt(void)
{
    static uint64_t interrupts; // only the boot hart gets them
    return drop_every != 0 && ++interrupts % drop_every == 0;
}

/* Guards of the stack protector; the value is any that no text contains. */
extern uint64_t __stack_chk_guard;
uint64_t __stack_chk_guard = 0x00f7a93c5be1d20a;

_Noreturn void __stack_chk_fail(void);
_Noreturn void __stack_chk_fail(void)
{
    panic("check: a local array was written past its end");
}

/* Locks in the wrong order. */
static void provoke_rank(void)
{
    struct spinlock high;
    struct spinlock low;
    spin_init(&high, "high", RANK_UART);
    spin_init(&low, "low", RANK_FILES);
    spin_acquire(&high);
    spin_acquire(&low);
}

/* A write to a freed object, found when it is allocated again. */
static void provoke_use_after_free(void)
{
    static struct pool pool;
    pool_init(&pool, "uaf test", 64);
    char *kept = pool_alloc(&pool); // keeps the page in the pool
    volatile char *freed = pool_alloc(&pool);
    pool_free(&pool, (void *)freed);
    freed[20] = *kept;
    pool_alloc(&pool);
}

/* The harts that are online, one bit each. */
static uint64_t harts_online(void)
{
    uint64_t online = 0;
    for (uint32_t hart = 0; hart < hart_count; hart++) {
        online |= (uint64_t)hart_is_online(&harts[hart]) << hart;
    }
    return online;
}

/*
 * Every hart shoots at all others, many times; harts that come later find the
 * earlier ones at it or idle.  shoot=N sets the rounds.  What is tested is that
 * everyone always gets an answer.  Nobody goes on before all have theirs, or
 * the machine could be powered off under the slowest.
 */
static void shoot(void)
{
    enum { ROUNDS_MAX = 1000000 };
    static uint64_t answered; // [a] harts that have had all their answers
    uint64_t rounds = machine_arg_number("shoot", 1, ROUNDS_MAX, 0);
    if (rounds == 0) {
        return;
    }
    irq_on();
    for (uint64_t i = 0; i < rounds; i++) {
        shootdown(harts_online());
    }
    irq_off();
    kprintf("check: hart %u had %lu shoot-downs answered\n", hart_index(),
            rounds);
    __atomic_fetch_or(&answered, 1UL << hart_index(), __ATOMIC_SEQ_CST);
    while ((harts_online() & ~__atomic_load_n(&answered, __ATOMIC_SEQ_CST)) !=
           0) {
        shootdown_serve();
        hart_relax();
    }
}

/* Use up the stack. */
static int overflow_stack(volatile int depth)
{
    volatile char block[256];
    block[0] = (char)depth;
    return depth < 0 ? 0 : overflow_stack(depth + 1) + block[0];
}

/* Touch the guard of the first stack, or panic everywhere. */
static void provoke_panic(const char *who)
{
    if (*who != '\0') {
        panic("boot argument panic=%s: must be all, or nothing", who);
    }
    *(volatile int *)STACK_AREA = 0;
}

/* With panic=all, on each hart. */
void check_every_hart(void)
{
    const char *who = args_get(&machine.args, "panic");
    if (who != NULL && strcmp(who, "all") == 0) {
        panic("asked for by a boot argument");
    }
    shoot();
}

/* What a boot argument asks for. */
void check_self_test(void)
{
    fail_every = machine_arg_number("failalloc", 2, UINT32_MAX, 0);
    drop_every = machine_arg_number("dropirq", 2, UINT32_MAX, 0);
    lockstat_init();
    const char *who = args_get(&machine.args, "panic");
    if (who != NULL) {
        provoke_panic(who);
    }
    if (args_get(&machine.args, "overflow") != NULL) {
        overflow_stack(0);
    }
    if (args_get(&machine.args, "rankbug") != NULL) {
        provoke_rank();
    }
    if (args_get(&machine.args, "uaf") != NULL) {
        provoke_use_after_free();
    }
}
