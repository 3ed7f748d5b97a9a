#include "check/check.h"
#include "lib/klog.h"
#include "lib/panic.h"
#include "lib/str.h"
#include "mm/layout.h"
#include "mm/page.h"
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

#define REACH_STEP  (2UL << 20)
#define POISON_WORD (POISON_FREE * 0x0101010101010101UL)

/* Note a lock without an order: one that was free and did not wait. */
void check_note(enum lock_rank rank)
{
    struct tcb *self = tcb_self();
    if (self->held_count == HELD_MAX) {
        panic("check: more than %d locks held", HELD_MAX);
    }
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
            self->held[i] = self->held[--self->held_count];
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
void check_shoot(void)
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

/* Whether the address lies in a region. */
static bool is_in(struct region region, paddr_t pa)
{
    return pa >= region.start && pa < region.end;
}

/* Whether nobody owns the page there. */
static bool is_spare(paddr_t pa)
{
    extern const char text_start[], kernel_end[]; // kernel.ld
    struct region kernel = {virt_to_phys(text_start), virt_to_phys(kernel_end)};
    for (int i = 0; i < machine.reserved_count; i++) {
        if (is_in(machine.reserved[i], pa)) {
            return false;
        }
    }
    return !is_in(machine.initrd, pa) && !is_in(kernel, pa) &&
           page_from_pa(pa)->refs == 0;
}

/* Write the address of a page into it; its last bit notes that the page was
   poisoned. */
static bool reach_write(volatile uint64_t *word, paddr_t pa)
{
    bool poisoned = *word == POISON_WORD;
    *word = pa | poisoned;
    return true;
}

/* The word still holds what was written; then the page is as it was, or was
   never used and may hold anything. */
static bool reach_read(volatile uint64_t *word, paddr_t pa)
{
    uint64_t found = *word;
    *word = (found & 1) != 0 ? POISON_WORD : 0;
    return (found & ~1UL) == pa;
}

/* Do that for the last page of each 2 MiB of RAM, if it is spare; how many. */
static uint64_t reach_each(bool (*visit)(volatile uint64_t *, paddr_t))
{
    uint64_t count = 0;
    for (int i = 0; i < machine.ram_count; i++) {
        paddr_t pa =
            round_up(machine.ram[i].start, REACH_STEP) + REACH_STEP - PAGE_SIZE;
        for (; pa + PAGE_SIZE <= machine.ram[i].end; pa += REACH_STEP) {
            if (!is_spare(pa)) {
                continue;
            }
            if (!visit(phys_to_virt(pa), pa)) {
                panic("check: RAM at 0x%lx did not keep what was written", pa);
            }
            count++;
        }
    }
    return count;
}

/*
 * Show that RAM can be reached to its end, without filling it: first write to
 * all those pages, then read all, so that two addresses of one page are found.
 * Called at boot, when the other harts are idle and nobody allocates.
 */
static void check_reach(void)
{
    reach_each(reach_write);
    kprintf("check: reached RAM in %lu places, 2 MiB apart\n",
            reach_each(reach_read));
}

/* What a boot argument asks for. */
void check_self_test(void)
{
    fail_every = machine_arg_number("failalloc", 2, UINT32_MAX, 0);
    drop_every = machine_arg_number("dropirq", 2, UINT32_MAX, 0);
    if (args_get(&machine.args, "reach") != NULL) {
        check_reach();
    }
    if (args_get(&machine.args, "rankbug") != NULL) {
        provoke_rank();
    }
    if (args_get(&machine.args, "uaf") != NULL) {
        provoke_use_after_free();
    }
}
