#include "mm/pagetable.h"
#include "mm/shootdown.h"
#include "mm/zero.h"
#include "riscv/hart.h"

/*
 * Sv39 page tables: three levels of 512 entries.
 *
 * 1. All root entries of the kernel's half exist before the first user root is
 *    made and never change, so the copy of them in each root stays right, and a
 *    trap changes no table.
 * 2. A and D are preset, so no hardware needs to update them.
 * 3. A user half is nearly empty, so each of its tables says where to look: bit
 *    n of page->used is set when any of its entries 8n to 8n + 7 has been made.
 *    Bits are never cleared.  The kernel's own tables have none: nothing looks
 *    through them, and two harts might set bits at once.
 */
#define HALF  (PT_ENTRIES / 2) // first root entry of the kernel
#define GROUP 8                // entries for each bit of page->used

pte_t *pt_kernel_root;

/* The kernel's root entries, noted with the first user root. */
static uint16_t shared[HALF];
static size_t shared_count;

/* A zeroed table, or NULL.  At boot, when pages have no structs, its memory is
   carved out of RAM. */
static pte_t *pt_alloc(void)
{
    if (pt_kernel_root == NULL) {
        return page_zero(phys_to_virt(page_carve(PAGE_SIZE)));
    }
    struct page *page = page_alloc_zeroed(PAGE_KERNEL);
    return page == NULL ? NULL : page_address(page);
}

/* Note that n entries have been made: set the bits of the first one's group to
   the last one's. */
static void pt_mark_used(const pte_t *entry, size_t n)
{
    size_t index = (uintptr_t)entry % PAGE_SIZE / sizeof(*entry);
    size_t last = (index + n - 1) / GROUP;
    page_of(entry)->used |= (2UL << last) - (1UL << (index / GROUP));
}

/* The first entry from `index` on whose group is in a set, or PT_ENTRIES. */
static size_t pt_next_used(uint64_t groups, size_t index)
{
    uint64_t rest = groups >> (index / GROUP);
    if ((rest & 1) != 0) {
        return index;
    }
    return rest == 0 ? PT_ENTRIES
                     : round_down(index, GROUP) + bit_lowest(rest) * GROUP;
}

/* In the kernel's half, where no lock is held, two harts may fill an entry at
   once: then the first one's table stays. */
pte_t *pt_walk(pte_t *root, uint64_t va, int level)
{
    pte_t *table = root;
    for (int at = PT_LEVELS - 1; at > level; at--) {
        pte_t *entry = &table[pt_index(va, at)];
        if ((*entry & PTE_V) == 0) {
            assert(table != pt_kernel_root || shared_count == 0); // see 1
            pte_t *new = pt_alloc();
            if (new == NULL) {
                return NULL;
            }
            if (!atomic_change(entry, 0, pte_make(virt_to_phys(new), PTE_V))) {
                page_put(page_of(new));
            }
            if (va < USER_MAX) {
                pt_mark_used(entry, 1);
            }
        }
        table = pt_table(*entry);
    }
    return &table[pt_index(va, level)];
}

uint64_t pt_satp(const pte_t *root)
{
    return SATP_SV39 | virt_to_phys(root) >> PAGE_SHIFT;
}

/* A hart that leaves a page table forgets it by entering the next. */
void pt_switch(struct pagetable *from, struct pagetable *to)
{
    uint64_t bit = 1UL << hart_index();
    if (from == to) {
        return;
    }
    if (to != NULL) {
        atomic_or_full(&to->harts, bit); // from now on, pt_flush asks this hart
    }
    csr_write(satp, pt_satp(to == NULL ? pt_kernel_root : to->root));
    tlb_flush_user();
    if (to != NULL && (atomic_load_relaxed(&to->fetch_stale) & bit) != 0) {
        atomic_and_full(&to->fetch_stale, ~bit);
        fetch_fence();
    }
    if (from != NULL) {
        atomic_and_full(&from->harts, ~bit);
    }
}

/* This hart may be among them or not. */
void pt_flush(struct pagetable *table)
{
    shootdown(atomic_load_full(&table->harts));
}

/* Note which entries the kernel's half has. */
static void pt_note_shared(void)
{
    for (size_t i = HALF; i < PT_ENTRIES; i++) {
        if (pt_kernel_root[i] != 0) {
            shared[shared_count++] = (uint16_t)i;
        }
    }
}

bool pt_create(struct pagetable *table)
{
    pte_t *root = pt_alloc();
    if (shared_count == 0) {
        pt_note_shared();
    }
    for (size_t i = 0; root != NULL && i < shared_count; i++) {
        root[shared[i]] = pt_kernel_root[shared[i]];
    }
    *table = (struct pagetable){.root = root};
    return root != NULL;
}

pte_t *pt_make(pte_t *root, vaddr_t va, size_t n)
{
    check_that(va < USER_MAX && n > 0 && pt_index(va, 0) + n <= PT_ENTRIES);
    pte_t *entry = pt_find(root, va);
    if (entry == NULL) {
        entry = pt_walk(root, va, 0);
    }
    if (entry != NULL) {
        pt_mark_used(entry, n);
    }
    return entry;
}

/* Where to go on when `va` has no table of leaves: where the next such table
   begins, or behind the table above it. */
static vaddr_t pt_skip(const pte_t *root, vaddr_t va)
{
    pte_t upper = root[pt_index(va, 2)];
    const pte_t *table = (upper & PTE_V) != 0 ? pt_table(upper) : root;
    int level = table == root ? 2 : 1;
    size_t index = pt_index(va, level);
    size_t next = index;
    do {
        next++;
        if (next % GROUP == 0 && next < PT_ENTRIES) {
            next = pt_next_used(page_of(table)->used, next);
        }
    } while (next < PT_ENTRIES && (table[next] & PTE_V) == 0);
    return round_down(va, pt_span(level)) + (next - index) * pt_span(level);
}

bool pt_next(struct pt_run *run)
{
    vaddr_t va = run->va + run->n * PAGE_SIZE;
    run->n = 0;
    while (va < run->end && run->n == 0) {
        pte_t *pte = pt_find(run->root, va);
        if (pte == NULL) {
            va = pt_skip(run->root, va);
            continue;
        }
        uint64_t groups = page_of(pte)->used;
        size_t index = pt_index(va, 0);
        size_t next = pt_next_used(groups, index);
        va += (next - index) * PAGE_SIZE;
        if (next < PT_ENTRIES && va < run->end) {
            size_t unused = pt_next_used(~groups, next);
            run->pte = pte + (next - index);
            run->n = min_u64(unused - next, (run->end - va) >> PAGE_SHIFT);
        }
    }
    run->va = va;
    return run->n > 0;
}

/* Free the tables below `table`, whose leaves are all empty, then it.  In a
   root the kernel's half is not marked as used. */
static void pt_free_tables(pte_t *table, int level)
{
    uint64_t groups = level > 0 ? page_of(table)->used : 0;
    for (; groups != 0; groups &= groups - 1) {
        pte_t *entry = &table[bit_lowest(groups) * GROUP];
        for (size_t i = 0; i < GROUP; i++) {
            if ((entry[i] & PTE_V) != 0) {
                pt_free_tables(pt_table(entry[i]), level - 1);
                entry[i] = 0;
            }
        }
    }
    page_of(table)->is_zero = true; // so the next table need not be zeroed
    page_put(page_of(table));
}

void pt_destroy(struct pagetable *table)
{
    assert(table->harts == 0);
    for (size_t i = 0; i < shared_count; i++) {
        table->root[shared[i]] = 0;
    }
    pt_free_tables(table->root, PT_LEVELS - 1);
}
