#include "check/check.h"
#include "check/lockstat.h"
#include "lib/str.h"
#include "mm/layout.h"
#include "mm/page.h"
#include "mm/pool.h"
#include "mm/shootdown.h"
#include "sched/thread.h"
#include "riscv/hart.h"
#include "riscv/machine.h"
#include "sync/spinlock.h"

/*
 * What boot arguments ask a checked build to do before the first program runs:
 * mistakes that it must notice, and tests of the machine that need the kernel.
 */
#define REACH_STEP  (2UL << 20)
#define POISON_WORD (POISON_FREE * 0x0101010101010101UL)

/* Locks in the wrong order. */
static void provoke_rank(void)
{
    struct spinlock high;
    struct spinlock low;
    spin_init(&high, "high", RANK_UART);
    spin_init(&low, "low", RANK_FDTABLE);
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

/*
 * Every hart orders all others many times (shoot=N) to flush their TLBs; harts
 * that come online later find the earlier ones at it or idle.  The test is that
 * every request is answered.  No hart goes on before all have their answers,
 * or the machine could be powered off while the slowest one still waits.
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
    atomic_or_full(&answered, 1UL << hart_index());
    while ((harts_online() & ~atomic_load_full(&answered)) != 0) {
        shootdown_serve();
        hart_relax();
    }
}

/* Recursion without end. */
static int overflow_stack(volatile int depth)
{
    volatile char block[256];
    block[0] = (char)depth;
    return depth < 0 ? 0 : overflow_stack(depth + 1) + block[0];
}

/* Use up the stack, or lose it. */
static void provoke_overflow(const char *how)
{
    if (strcmp(how, "lost") == 0) {
        static struct thread lost;
        lost = *thread_self();
        lost.tcb.context.ra = (uint64_t)overflow_stack;
        lost.tcb.context.sp = 0;
        swtch(tcb_self(), &lost.tcb);
    }
    overflow_stack(0);
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
    for (int i = 0; i < machine.ram.count; i++) {
        const struct region *ram = &machine.ram.at[i];
        paddr_t pa = round_up(ram->start, REACH_STEP) + REACH_STEP - PAGE_SIZE;
        for (; pa + PAGE_SIZE <= ram->end; pa += REACH_STEP) {
            if (!page_is_fresh(pa)) {
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

void check_self_test(void)
{
    check_fault_init();
    lockstat_init();
    const char *who = args_get(&machine.args, "panic");
    if (who != NULL) {
        provoke_panic(who);
    }
    const char *how = args_get(&machine.args, "overflow");
    if (how != NULL) {
        provoke_overflow(how);
    }
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
