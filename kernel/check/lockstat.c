#include "check/lockstat.h"
#include "check/check.h"
#include "riscv/hart.h"
#include "riscv/machine.h"

/*
 * Statistics of locks.  Locks that have a name and a rank in common are
 * counted together: all pipes, all inodes that are files.
 *
 * The counts of a name are found by hashing, and a slot once claimed is never
 * given back, so no lock is needed here.  Harts add to them with atomic
 * operations, because two locks of one name can be taken at once.
 *
 * When a spinlock was taken is kept by hart and rank: its holder stays on its
 * hart and holds no other of that rank.  That also serves the run queue's lock,
 * which one thread takes and another releases.  A sleep lock's holder moves
 * about, so the time is kept in the thread.
 */
enum { SLOTS = 256, RANKS = RANK_UART + 1, RANK_BITS = 8 };

struct counts {
    uint64_t key;       // [a] name and rank, 0: free
    uint64_t taken;     // [a]
    uint64_t contended; // [a] times that it was not free
    uint64_t turns;     // [a] of loops that waited, or sleeps
    uint64_t longest;   // [a] time that one was held, in ticks of `time`
};

static bool counting; // [i] once programs run
static struct counts slots[SLOTS];
static uint64_t spin_since[HART_MAX][RANKS]; // [c]

/* A name's address without its highest bits, which are all ones, and a rank. */
static uint64_t key_of(const char *name, enum lock_rank rank)
{
    return (uint64_t)name << RANK_BITS | rank;
}

static const char *name_of(uint64_t key)
{
    return (const char *)((int64_t)key >> RANK_BITS);
}

static enum lock_rank rank_of(uint64_t key)
{
    return key & ((1 << RANK_BITS) - 1);
}

/* The counts of a name; claims a slot for a new one. */
static struct counts *counts_of(const char *name, enum lock_rank rank)
{
    uint64_t key = key_of(name, rank);
    uint64_t first = key * 0x9e3779b97f4a7c15 / (UINT64_MAX / SLOTS + 1);
    for (uint64_t i = 0; i < SLOTS; i++) {
        struct counts *slot = &slots[(first + i) % SLOTS];
        if (atomic_load_relaxed(&slot->key) == key ||
            atomic_change(&slot->key, 0, key) ||
            atomic_load_relaxed(&slot->key) == key) {
            return slot;
        }
    }
    panic("lockstat: more than %d names of locks", SLOTS);
}

static void add(uint64_t *count, uint64_t n)
{
    atomic_add_relaxed(count, n);
}

/* The counter of `time` is the same on all harts. */
void lockstat_taken(const char *name, enum lock_rank rank)
{
    struct tcb *self = tcb_self();
    if (!counting) {
        return;
    }
    add(&counts_of(name, rank)->taken, 1);
    if (rank > RANK_SPIN) {
        spin_since[hart_index()][rank] = time_now();
    } else {
        assert(self->held.rank[self->held.count - 1] == rank);
        self->held.since[self->held.count - 1] = time_now();
    }
}

void lockstat_wait(const char *name, enum lock_rank rank, uint32_t turn)
{
    if (counting) {
        struct counts *counts = counts_of(name, rank);
        add(&counts->contended, turn == 1);
        add(&counts->turns, 1);
    }
}

/* A lock that was taken before counting began has no time. */
void lockstat_release(const char *name, enum lock_rank rank, uint64_t since)
{
    if (!counting) {
        return;
    }
    if (rank > RANK_SPIN) {
        since = spin_since[hart_index()][rank];
    }
    if (since == 0) {
        return;
    }
    uint64_t held = time_now() - since;
    uint64_t *longest = &counts_of(name, rank)->longest;
    uint64_t known;
    do {
        known = atomic_load_relaxed(longest);
    } while (held > known && !atomic_change(longest, known, held));
}

void lockstat_init(void)
{
    counting = args_get(&machine.args, "lockstat") != NULL;
}

/* The kind of a lock: what else has locks of that name, or how it waits. */
static const char *kind_of(enum lock_rank rank)
{
    switch (rank) {
    case RANK_DIR:
        return "dir";
    case RANK_POOL:
        return "pool";
    case RANK_SLEEPLOCK:
        return "inside";
    default:
        return rank < RANK_SPIN ? "sleep" : "spin";
    }
}

/* Whether `a` is to be printed before `b`. */
static bool comes_first(const struct counts *a, const struct counts *b)
{
    return a->contended != b->contended ? a->contended > b->contended
                                        : a->taken > b->taken;
}

/* Print the one that comes first, and forget it; false when none is left. */
static bool print_first(void)
{
    enum { NANOSECONDS = 1000000000 };
    struct counts *first = NULL;
    for (struct counts *slot = slots; slot < slots + SLOTS; slot++) {
        if (slot->taken != 0 && (first == NULL || comes_first(slot, first))) {
            first = slot;
        }
    }
    if (first == NULL) {
        return false;
    }
    kprintf("lockstat: %-20s %-6s %9lu %9lu %9lu %11lu\n", name_of(first->key),
            kind_of(rank_of(first->key)), first->taken, first->contended,
            first->turns, first->longest * (NANOSECONDS / machine.timebase));
    first->taken = 0;
    return true;
}

/* Printing takes locks, too: they are not to be counted any more. */
void lockstat_print(void)
{
    if (!counting) {
        return;
    }
    counting = false;
    kprintf("lockstat: %-20s %-6s %9s %9s %9s %11s\n", "lock", "kind", "taken",
            "contended", "turns", "longest ns");
    while (print_first()) {}
}
