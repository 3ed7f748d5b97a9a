#include "lib/panic.h"
#include "mm/page.h"
#include "mm/space.h"
#include "proc/thread.h"
#include "riscv/csr.h"

/*
 * Promises of memory.
 *
 * Private writable memory is charged when a program asks for it (sbrk, fork,
 * exec), though pages are filled only when touched.  The sum of all promises,
 * plus what the kernel itself holds, may not pass RAM less a reserve; so
 * shortage shows as -ENOMEM of a call, not as a killed program.
 *
 * That holds as long as programs fill only what they were promised.  Memory
 * without a promise (lazy growth, a deep stack, what pipes hold) lives on what
 * is free and may use up what was promised to others; the fault that then
 * finds no page ends its process.
 */
#define RESERVE_SHARE 32 // 1/32 of RAM stays unpromised; init and the console's
#define RESCUE_SHARE  64 // shell, which must be able to start kill, leave 1/64

static uint64_t promised; // [a] pages

/* Pages that may be promised now, to the current thread. */
static uint64_t limit(void)
{
    uint64_t total = page_counts.total;
    uint64_t taken =
        page_counts.owned[PAGE_KERNEL] + page_counts.owned[PAGE_POOL] +
        total / (thread_self()->may_use_reserve ? RESCUE_SHARE : RESERVE_SHARE);
    return total > taken ? total - taken : 0;
}

/* Promise n pages if the sum allows; nobody else sees a sum that does not. */
static bool try_take(uint64_t n)
{
    uint64_t most = limit();
    uint64_t before;
    do {
        before = atomic_load_relaxed(&promised);
        if (n > most || before > most - n) {
            return false;
        }
    } while (!atomic_change(&promised, before, before + n));
    return true;
}

/* Promise n pages.  Some of what the kernel holds is kept only for later, and
   is given back first. */
bool charge_take(uint64_t n)
{
    return n == 0 || try_take(n) ||
           (n <= page_counts.total && page_reclaim() && try_take(n));
}

/* Give a promise back. */
void charge_give(uint64_t n)
{
    uint64_t before = atomic_add_relaxed(&promised, -n);
    assert(before >= n);
}
