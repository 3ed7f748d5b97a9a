#include "mm/kmap.h"
#include "mm/pagetable.h"
#include "riscv/hart.h"
#include "riscv/machine.h"

/*
 * The kernel's half of all address spaces: the linear map of RAM and devices,
 * the structs of pages, and the stack area (mm/layout.h).  It is built at boot,
 * by the only hart.  Pages have no structs yet, so the memory for tables and
 * structs is carved out of RAM for good.
 *
 * 1. Text is R-X, constants R--, everything else RW-; nothing is W and X.
 * 2. Entries of the kernel are global and not for user mode.
 */
extern const char text_start[], text_end[], rodata_end[]; // kernel.ld
extern const char boot_stack_end[];                       // entry.S

static pte_t root[PT_ENTRIES] __attribute__((aligned(PAGE_SIZE)));

/* Map a page of the given level. */
static void kmap_page(uint64_t va, paddr_t pa, int level, uint64_t rights)
{
    *pt_walk(root, va, level) = pte_make(pa, PTE_KERNEL | rights);
}

/* Map [start, end) of RAM in the linear map with the largest pages that
   alignment allows. */
static void map_linear(paddr_t start, paddr_t end, uint64_t rights)
{
    while (start < end) {
        int level = PT_LEVELS - 1;
        while (level > 0 &&
               (start % pt_span(level) != 0 || end - start < pt_span(level))) {
            level--;
        }
        kmap_page(start + LINEAR_BASE, start, level, rights);
        start += pt_span(level);
    }
}

/* Map a region of RAM: the kernel's text, its constants, then the rest. */
static void map_ram(const struct region *ram)
{
    paddr_t text = virt_to_phys(text_start);
    paddr_t constants = virt_to_phys(text_end);
    paddr_t data = virt_to_phys(rodata_end);
    paddr_t start = ram->start;
    if (text >= start && text < ram->end) {
        map_linear(start, text, PTE_R | PTE_W);
        map_linear(text, constants, PTE_R | PTE_X);
        map_linear(constants, data, PTE_R);
        // The boot stack's guard stays unmapped, like that of every stack.
        paddr_t guard = virt_to_phys(boot_stack_end) - STACK_SLOT;
        map_linear(data, guard, PTE_R | PTE_W);
        start = guard + STACK_SIZE;
    }
    map_linear(start, ram->end, PTE_R | PTE_W);
}

/* Map memory for the structs of a region's pages.  Large pages hold structs of
   this region alone; a small one at its ends may be mapped already, because it
   has structs of a neighboring region as well. */
static void map_structs(const struct region *ram)
{
    uint64_t first = (uint64_t)page_of(phys_to_virt(ram->start));
    uint64_t end = (uint64_t)page_of(phys_to_virt(ram->end));
    uint64_t va = round_down(first, PAGE_SIZE);
    while (va < end) {
        bool fits =
            va % pt_span(1) == 0 && va >= first && end - va >= pt_span(1);
        paddr_t pa = fits ? page_carve(pt_span(1)) : 0;
        int level = pa != 0;
        if (level == 0 && *pt_walk(root, va, 0) == 0) {
            pa = page_carve(PAGE_SIZE);
        }
        if (pa != 0) {
            kmap_page(va, pa, level, PTE_R | PTE_W);
        }
        va += pt_span(level);
    }
}

void kmap_init(void)
{
    for (int i = 0; i < machine.ram.count; i++) {
        map_ram(&machine.ram.at[i]);
        map_structs(&machine.ram.at[i]);
    }
    pt_walk(root, STACK_AREA, 1);
    tlb_flush_all(); // the stores above come before the walks of the table
    csr_write(satp, pt_satp(root));
    tlb_flush_all(); // also of the boot table's global entries
    pt_kernel_root = root;
}

/* Map whole pages around the registers, of 4 KiB, so that devices may be
   neighbors.  What lies in RAM, or where the map does not reach, is no device.
   Other harts would have to fence, so they do not run yet. */
volatile void *kmap_device(paddr_t pa, uint64_t size)
{
    paddr_t start = round_down(pa, PAGE_SIZE);
    paddr_t end = round_up(pa + size, PAGE_SIZE);
    assert(harts_online() == 1);
    if (start >= end || end > PHYS_END ||
        regions_overlap(&machine.ram, (struct region){start, end})) {
        kprintf("tether: device tree: no device can be at 0x%lx\n", pa);
        return NULL;
    }
    for (; start < end; start += PAGE_SIZE) {
        pte_t *entry = pt_walk(root, start + LINEAR_BASE, 0);
        if (entry == NULL) {
            kprintf("tether: no memory to map the device at 0x%lx\n", pa);
            return NULL;
        }
        *entry = pte_make(start, PTE_KERNEL | PTE_R | PTE_W);
    }
    tlb_flush_all(); // or the first access might not see the entry
    return phys_to_virt(pa);
}
