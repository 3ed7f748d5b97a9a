#include "mm/charge.h"
#include "lib/str.h"
#include "mm/page.h"
#include "riscv/csr.h"
#include "riscv/machine.h"
#include "riscv/tcb.h"

/*
 * Commit accounting.
 *
 * Private writable memory is charged in advance, when a program asks for it
 * (sbrk, exec, mmap), though pages are filled only when touched.  `charged` is
 * the number of private pages in use, each counted once however many processes
 * share it, and of the pages charged to areas and not filled yet.  With what
 * the kernel itself holds it may not pass RAM less a reserve.  So a shortage
 * shows as -ENOMEM of a call, not as a killed program.
 *
 * fork charges little: the pages that parent and child share are there, and
 * most often neither writes to many of them.  So that both can go on, the first
 * copies in each area are charged in advance to parent and child, or fork
 * fails.  Any other copy is charged when it is made; if no page is left to
 * charge then, the program that wrote ends.  With commit=strict fork charges
 * the child a copy of every page, and fails if it cannot.
 *
 * Memory that is not charged in advance (lazy growth, a deep stack) lives on
 * what is free and may use up what others were charged for; the fault that then
 * finds no page ends its process.
 */
#define RESERVE_SHARE 32 // 1/32 of RAM is never charged; init and the console's
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
static uint64_t charge_limit(void)
{
    uint64_t total = page_counts.total;
    uint64_t taken =
        page_counts.owned[PAGE_KERNEL] + page_counts.owned[PAGE_POOL] +
        total / (tcb_self()->may_use_reserve ? RESCUE_SHARE : RESERVE_SHARE);
    return total > taken ? total - taken : 0;
}

void charge_give(uint64_t n)
{
    uint64_t before = atomic_add_relaxed(&charged, -n);
    assert(before >= n);
}

/* Charge n pages if the sum stays within the limit; no other thread ever sees a
   sum that does not. */
static bool charge_try(uint64_t n)
{
    uint64_t most = charge_limit();
    uint64_t before;
    do {
        before = atomic_load_relaxed(&charged);
        if (n > most || before > most - n) {
            return false;
        }
    } while (!atomic_change(&charged, before, before + n));
    return true;
}

/* Before this fails, the kernel gives back what it keeps only for later. */
bool charge_take(uint64_t n)
{
    if (n == 0 || charge_try(n)) {
        return true;
    }
    if (n > page_counts.total) {
        return false;
    }
    page_trim();
    return charge_try(n);
}

/* Most often there is much room.  Under commit=strict there always is: the copy
   was charged in advance, to the child if not to this process. */
bool charge_fill(bool is_copy)
{
    uint64_t before = atomic_add_relaxed(&charged, 1);
    if (is_copy && !is_strict && before >= charge_limit()) {
        charge_give(1);
        return charge_take(1);
    }
    return true;
}

uint64_t charge_copies(uint64_t pages)
{
    return is_strict ? pages : min_u64(pages, CHARGE_FIRST_COPIES);
}
