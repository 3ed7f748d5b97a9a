#include "api/errno.h"
#include "lib/panic.h"
#include "mm/page.h"
#include "mm/space.h"

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
#define RESERVE_SHARE 32 // 1/32 of RAM stays unpromised

static uint64_t promised; // [a] pages

/* Promise n pages if the sum allows. */
int charge_take(uint64_t n)
{
    uint64_t total = page_count_total();
    uint64_t kernel =
        page_count_owner(PAGE_KERNEL) + page_count_owner(PAGE_POOL);
    uint64_t limit = total - total / RESERVE_SHARE;
    uint64_t sum = __atomic_add_fetch(&promised, n, __ATOMIC_RELAXED);
    if (n > total || sum + kernel > limit) {
        __atomic_fetch_sub(&promised, n, __ATOMIC_RELAXED);
        return -ENOMEM;
    }
    return 0;
}

/* Give a promise back. */
void charge_give(uint64_t n)
{
    uint64_t before = __atomic_fetch_sub(&promised, n, __ATOMIC_RELAXED);
    assert(before >= n);
}
