#include "mm/pagetable.h"
#include "lib/klog.h"
#include "mm/shootdown.h"
#include "riscv/hart.h"
#include "riscv/machine.h"

/*
 * Sv39 page tables.
 *
 * The kernel's half consists of the linear map, the structs of pages and the
 * stack area.  All of its root entries exist before the first user root is made
 * and never change, so a copy of them in each root stays right for ever, and a
 * trap changes no table.
 *
 * 1. Text is R-X, constants R--, everything else RW-; nothing is W and X.
 * 2. Entries of the kernel are global and not for user mode.
 * 3. A and D are preset, so no hardware needs to update them.
 */
#define KERNEL_FLAGS (PTE_V | PTE_G | PTE_A | PTE_D)

#define HALF (PT_ENTRIES / 2) // first root entry of the kernel

extern const char text_start[], text_end[], rodata_end[]; // kernel.ld
extern const char boot_stack_end[];                       // entry.S

pte_t *pt_kernel_root;
static bool has_structs; // [i] after pt_init: pages have their struct

/* The entries of the kernel's half, which every root has; noted with the first
   user root, and from then on there are no others. */
static uint16_t shared[HALF];
static size_t shared_count;

static _Noreturn void panic_no_room(void)
{
    panic("memory: RAM is too small for the kernel's page tables");
}

/* A zeroed table, or NULL; at boot it is there, or there is a panic. */
static pte_t *table_alloc(void)
{
    if (!has_structs) {
        paddr_t pa = page_carve(PAGE_SIZE);
        if (pa == 0) {
            panic_no_room();
        }
        return page_zero(phys_to_virt(pa));
    }
    struct page *page = page_alloc_zeroed(PAGE_KERNEL);
    return page == NULL ? NULL : page_address(page);
}

/*
 * Tables are nearly empty, so one that is looked through tells where to look:
 * bit n of page->used is set when any of its entries 8n to 8n + 7 has been
 * made.  Bits are never cleared.  The kernel's own tables have none: nobody
 * looks through them, and two harts might set bits at once.
 */
#define GROUP 8

static void mark_used(pte_t *entry)
{
    page_of(entry)->used |=
        1UL << ((uintptr_t)entry % PAGE_SIZE / GROUP / sizeof(*entry));
}

/* The first entry from `index` on whose group is in a set, or PT_ENTRIES. */
static size_t next_in(uint64_t groups, size_t index)
{
    uint64_t rest = groups >> (index / GROUP);
    if ((rest & 1) != 0) {
        return index;
    }
    return rest == 0 ? PT_ENTRIES
                     : round_down(index, GROUP) + bit_lowest(rest) * GROUP;
}

/* The first behind `index`. */
static inline size_t next_after(uint64_t groups, size_t index)
{
    bool is_last = (index + 1) % GROUP == 0; // of a group
    return is_last && index + 1 < PT_ENTRIES ? next_in(groups, index + 1)
                                             : index + 1;
}

/* Fill an empty entry with a new table.  Two harts may do so at once in the
   kernel's half, where no lock is held: the first one's table stays.  false
   when there is no memory. */
static bool add_table(pte_t *entry)
{
    pte_t *table = table_alloc();
    if (table == NULL) {
        return false;
    }
    if (!atomic_change(entry, 0, pte_make(virt_to_phys(table), PTE_V))) {
        page_put(page_of(table));
    }
    return true;
}

/* The entry for `va` at `level`, with the tables on the way; NULL when there is
   no memory for one. */
static pte_t *walk(pte_t *table, uint64_t va, int level)
{
    for (int at = PT_LEVELS - 1; at > level; at--) {
        pte_t *entry = &table[pt_index(va, at)];
        if ((*entry & PTE_V) == 0) {
            if (!add_table(entry)) {
                return NULL;
            }
            if (va < USER_MAX) {
                mark_used(entry);
            }
        }
        table = pt_table(*entry);
    }
    return &table[pt_index(va, level)];
}

/* Map [start, end) of RAM in the linear map with the largest pages that
   alignment allows.  At boot only. */
static void map_linear(paddr_t start, paddr_t end, uint64_t rights)
{
    while (start < end) {
        int level = PT_LEVELS - 1;
        while (level > 0 &&
               (start % pt_span(level) != 0 || end - start < pt_span(level))) {
            level--;
        }
        *walk(pt_kernel_root, start + LINEAR_BASE, level) =
            pte_make(start, KERNEL_FLAGS | rights);
        start += pt_span(level);
    }
}

/* Map a region of RAM: the kernel's text, its constants, then the rest. */
static void map_ram(const struct region *ram)
{
    paddr_t text = virt_to_phys(text_start);
    paddr_t data = virt_to_phys(rodata_end);
    paddr_t start = ram->start;
    if (text >= start && text < ram->end) {
        map_linear(start, text, PTE_R | PTE_W);
        map_linear(text, virt_to_phys(text_end), PTE_R | PTE_X);
        map_linear(virt_to_phys(text_end), data, PTE_R);
        // The boot stack's guard stays unmapped, like that of every stack.
        paddr_t guard = virt_to_phys(boot_stack_end) - STACK_SLOT;
        map_linear(data, guard, PTE_R | PTE_W);
        start = guard + STACK_SIZE;
    }
    map_linear(start, ram->end, PTE_R | PTE_W);
}

/* Map memory for the structs at `va`, in a page of the given level; false when
   there is none that large. */
static bool map_structs_at(uint64_t va, int level)
{
    paddr_t pa = page_carve(pt_span(level));
    if (pa != 0) {
        *walk(pt_kernel_root, va, level) =
            pte_make(pa, KERNEL_FLAGS | PTE_R | PTE_W);
    }
    return pa != 0;
}

/* Map memory for the structs of a region's pages.  Large pages hold structs of
   this region alone; a small one at its ends may be mapped already, because it
   has structs of a neighbor as well. */
static void map_structs(const struct region *ram)
{
    uint64_t first = (uint64_t)page_of(phys_to_virt(ram->start));
    uint64_t end = (uint64_t)page_of(phys_to_virt(ram->end));
    uint64_t va = round_down(first, PAGE_SIZE);
    while (va < end) {
        bool is_large = va % pt_span(1) == 0 && va >= first &&
                        end - va >= pt_span(1) && map_structs_at(va, 1);
        if (!is_large && (*walk(pt_kernel_root, va, 0) & PTE_V) == 0 &&
            !map_structs_at(va, 0)) {
            panic_no_room();
        }
        va += pt_span(is_large);
    }
}

/* satp for a root; address-space id 0. */
uint64_t pt_satp(const pte_t *root)
{
    return SATP_SV39 | virt_to_phys(root) >> PAGE_SHIFT;
}

/* Load satp and drop the user entries of the root that was there before. */
static void use(pte_t *root)
{
    csr_write(satp, pt_satp(root));
    tlb_flush_user();
}

/* Build the kernel's half and turn to it. */
void pt_init(void)
{
    pt_kernel_root = table_alloc();
    for (int i = 0; i < machine.ram.count; i++) {
        map_ram(&machine.ram.at[i]);
        map_structs(&machine.ram.at[i]);
    }
    walk(pt_kernel_root, STACK_AREA, 1);
    tlb_flush_all(); // the stores above come before the walks of the table
    use(pt_kernel_root);
    tlb_flush_all(); // also of the boot table's global entries
    has_structs = true;
}

/* A hart that leaves a page table forgets it by entering the next. */
void pt_switch(struct pagetable *from, struct pagetable *to)
{
    uint64_t bit = 1UL << hart_index();
    if (from == to) {
        return;
    }
    if (to == NULL) {
        use(pt_kernel_root);
    } else {
        atomic_or_full(&to->harts, bit);
        use(to->root);
        if ((atomic_load_relaxed(&to->fetch_stale) & bit) != 0) {
            atomic_and_full(&to->fetch_stale, ~bit);
            fetch_fence();
        }
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

/* Device registers: whole pages around them, of 4 KiB, so that devices may be
   neighbors.  What lies in RAM, or where the map does not reach, is no device.
   Called before there is a second root, which would lack a new entry, and a
   second hart, which would have to fence. */
volatile void *pt_map_device(paddr_t pa, uint64_t size)
{
    paddr_t start = round_down(pa, PAGE_SIZE);
    paddr_t end = round_up(pa + size, PAGE_SIZE);
    assert(shared_count == 0 && harts_online() == 1);
    if (start >= end || end > PHYS_END ||
        regions_overlap(&machine.ram, (struct region){start, end})) {
        kprintf("tether: device tree: no device can be at 0x%lx\n", pa);
        return NULL;
    }
    for (; start < end; start += PAGE_SIZE) {
        pte_t *entry = walk(pt_kernel_root, start + LINEAR_BASE, 0);
        if (entry == NULL) {
            kprintf("tether: no memory to map the device at 0x%lx\n", pa);
            return NULL;
        }
        *entry = pte_make(start, KERNEL_FLAGS | PTE_R | PTE_W);
    }
    tlb_flush_all(); // or the first access might not see the entry
    return phys_to_virt(pa);
}

/* One page at a kernel address. */
int pt_map_kernel(uint64_t va, paddr_t pa)
{
    pte_t *entry = walk(pt_kernel_root, va, 0);
    if (entry == NULL) {
        return -ENOMEM;
    }
    assert((*entry & PTE_V) == 0);
    *entry = pte_make(pa, KERNEL_FLAGS | PTE_R | PTE_W);
    return 0;
}

struct page *pt_unmap_kernel(uint64_t va)
{
    pte_t *entry = pt_find(pt_kernel_root, va);
    struct page *page = page_from_pa(pte_pa(*entry));
    *entry = 0;
    return page;
}

/* Note which entries the kernel's half has. */
static void note_shared(void)
{
    for (size_t i = HALF; i < PT_ENTRIES; i++) {
        if (pt_kernel_root[i] != 0) {
            shared[shared_count++] = (uint16_t)i;
        }
    }
}

/* A root for a new address space. */
bool pt_create(struct pagetable *table)
{
    pte_t *root = table_alloc();
    if (shared_count == 0) {
        note_shared();
    }
    for (size_t i = 0; root != NULL && i < shared_count; i++) {
        root[shared[i]] = pt_kernel_root[shared[i]];
    }
    *table = (struct pagetable){.root = root};
    return root != NULL;
}

/* The leaf entries for n user pages, whatever it takes. */
pte_t *pt_make(pte_t *root, vaddr_t va, size_t n)
{
    assert(va < USER_MAX);
    pte_t *entry = pt_find(root, va);
    if (entry == NULL) {
        entry = walk(root, va, 0);
    }
    for (size_t i = 0; entry != NULL && i < n + GROUP - 1; i += GROUP) {
        mark_used(&entry[min_u64(i, n - 1)]);
    }
    return entry;
}

/* Move *va on to the next entry of a table that was made, on level 0 maybe, or
   behind the table; whether it is in the table.  Never back: where another hart
   holds the space's lock (vm/pager.c), an entry that was missing a moment ago
   may be there now. */
static bool skip(const pte_t *table, vaddr_t *va, int level)
{
    uint64_t groups = page_of(table)->used;
    size_t index = pt_index(*va, level);
    size_t next = next_in(groups, index);
    while (level > 0 && next < PT_ENTRIES && (table[next] & PTE_V) == 0) {
        next = next_after(groups, next);
    }
    vaddr_t to =
        round_down(*va, pt_span(level)) + (next - index) * pt_span(level);
    *va = max_u64(*va, to);
    return next < PT_ENTRIES;
}

/* Go down to the table that has the leaf of *va, or a later one, to which *va
   moves.  If there is none, move *va on and return NULL. */
static pte_t *find_used(pte_t *root, vaddr_t *va)
{
    pte_t *table = root;
    for (int level = PT_LEVELS - 1; level > 0; level--) {
        pte_t entry = table[pt_index(*va, level)];
        if ((entry & PTE_V) == 0) {
            skip(table, va, level);
            return NULL;
        }
        table = pt_table(entry);
    }
    uint64_t group = page_of(table)->used >> (pt_index(*va, 0) / GROUP);
    return (group & 1) != 0 || skip(table, va, 0) ? table : NULL;
}

/* The next entries of a range. */
size_t pt_next(pte_t *root, vaddr_t *va, vaddr_t end, pte_t **first)
{
    pte_t *table = NULL;
    while (*va < end && table == NULL) {
        table = find_used(root, va);
    }
    if (*va >= end) {
        return 0;
    }
    size_t index = pt_index(*va, 0);
    *first = &table[index];
    size_t unused = next_in(~page_of(table)->used, index);
    return min_u64(unused - index, (end - *va) >> PAGE_SHIFT);
}

/* Free the tables below `table`, whose leaves are all empty, then it.  The
   kernel's half of a root is not marked as used. */
static void free_tables(pte_t *table, int level)
{
    uint64_t groups = level > 0 ? page_of(table)->used : 0;
    size_t i = next_in(groups, 0);
    for (; i < PT_ENTRIES; i = next_after(groups, i)) {
        if ((table[i] & PTE_V) != 0) {
            free_tables(pt_table(table[i]), level - 1);
            table[i] = 0;
        }
    }
    page_of(table)->is_zero = true; // so the next table need not be zeroed
    page_put(page_of(table));
}

/* Free the tables of the user half, then the root. */
void pt_destroy(struct pagetable *table)
{
    assert(table->harts == 0);
    for (size_t i = 0; i < shared_count; i++) {
        table->root[shared[i]] = 0;
    }
    free_tables(table->root, PT_LEVELS - 1);
}
