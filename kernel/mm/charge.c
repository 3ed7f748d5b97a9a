#include "mm/charge.h"
#include "lib/str.h"
#include "mm/page.h"
#include "riscv/csr.h"
#include "riscv/machine.h"
#include "riscv/tcb.h"

/*
 * Promises of memory.
 *
 * Private writable memory is promised when a program asks for it (sbrk, exec,
 * mmap), though pages are filled only when touched.  What is charged is every
 * private page in use, whoever shares it, and every page promised to an area
 * and not filled yet; the promise passes to the page that fills it.  With what
 * the kernel itself holds this may not pass RAM less a reserve; so shortage
 * shows as -ENOMEM of a call, not as a killed program.
 *
 * fork promises little: the pages that parent and child share are there, and
 * most often neither writes to many of them.  So that both can go on, each is
 * promised the first copies in each area, or fork fails.  Any other page that
 * is copied is charged then; if that would break a promise, the program that
 * wrote to it ends.  With commit=strict fork promises the child a copy of all,
 * and fails if it cannot.
 *
 * Memory without a promise (lazy growth, a deep stack) lives on what is free
 * and may use up what was promised to others; the fault that then finds no page
 * ends its process.
 */
#define RESERVE_SHARE 32 // 1/32 of RAM stays unpromised; init and the console's
#define RESCUE_SHARE  64 // shell, which must be able to start kill, leave 1/64

static uint64_t charged; // [a] pages
static bool is_strict;   // [i] after boot

void charge_init(void)
{
    const char *commit = args_get(&machine.args, "commit");
    is_strict = commit != NULL;
    if (is_strict && strcmp(commit, "strict") != 0) {
        panic("boot argument commit=%s: it can only be strict", commit);
    }
}

/* Pages that may be charged now, for the current thread. */
static uint64_t limit(void)
{
    uint64_t total = page_counts.total;
    uint64_t taken =
        page_counts.owned[PAGE_KERNEL] + page_counts.owned[PAGE_POOL] +
        total / (tcb_self()->may_use_reserve ? RESCUE_SHARE : RESERVE_SHARE);
    return total > taken ? total - taken : 0;
}

/* Give promises back, or pages. */
void charge_give(uint64_t n)
{
    uint64_t before = atomic_add_relaxed(&charged, -n);
    assert(before >= n);
}

/* Charge n pages if the sum allows; nobody else sees a sum that does not. */
static bool try_take(uint64_t n)
{
    uint64_t most = limit();
    uint64_t before;
    do {
        before = atomic_load_relaxed(&charged);
        if (n > most || before > most - n) {
            return false;
        }
    } while (!atomic_change(&charged, before, before + n));
    return true;
}

/* Promise n pages.  Some of what the kernel holds is kept only for later, and
   is given back first. */
bool charge_take(uint64_t n)
{
    if (n == 0 || try_take(n)) {
        return true;
    }
    if (n > page_counts.total) {
        return false;
    }
    page_trim();
    return try_take(n);
}

/* Most often there is much room.  Under commit=strict there is in any case: it
   was promised, to the child if not to this one. */
bool charge_fill(bool is_copy)
{
    uint64_t before = atomic_add_relaxed(&charged, 1);
    if (is_copy && !is_strict && before >= limit()) {
        charge_give(1);
        return charge_take(1);
    }
    return true;
}

uint64_t charge_copies(uint64_t pages)
{
    return is_strict ? pages : min_u64(pages, CHARGE_FIRST_COPIES);
}
