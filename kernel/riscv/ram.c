#include "riscv/ram.h"
#include "lib/fdt.h"
#include "riscv/linear.h"
#include "riscv/machine.h"
#include "riscv/try.h"

/*
 * RAM, as the device tree describes it.
 *
 *     machine.ram   what memory nodes name, as far as the linear map reaches;
 *                   all of it becomes mapped
 *     machine.free  that, less what firmware, loader and the kernel have in it
 *
 * Whoever wrote the tree may be wrong.  A range that makes no sense is named
 * and left unused, and so is free RAM whose first or last page does not keep
 * what is written to it.
 */
extern const char text_start[], kernel_end[]; // kernel.ld

static struct region kernel_region(void)
{
    return (struct region){virt_to_phys(text_start), virt_to_phys(kernel_end)};
}

/* Widen a range to whole pages. */
static struct region whole_pages(struct region range)
{
    range.start = round_down(range.start, PAGE_SIZE);
    range.end = range.end > UINT64_MAX - PAGE_SIZE
                    ? UINT64_MAX
                    : round_up(range.end, PAGE_SIZE);
    return range;
}

static void say_unused(struct region range, const char *why)
{
    kprintf("tether: RAM from 0x%lx to 0x%lx %s: left unused\n", range.start,
            range.end, why);
}

/* Add the whole pages of one range of a memory node. */
static void add(struct region range)
{
    if (range.end > PHYS_END) {
        struct region beyond = {max_u64(range.start, PHYS_END), range.end};
        say_unused(beyond, "is out of the kernel's reach");
        range.end = PHYS_END;
        range.start = min_u64(range.start, PHYS_END);
    }
    range.start = round_up(range.start, PAGE_SIZE);
    range.end = round_down(range.end, PAGE_SIZE);
    bool overlaps = regions_overlap(&machine.ram, range);
    if (!regions_add(&machine.ram, range)) {
        say_unused(range,
                   overlaps ? "overlaps other RAM" : "is one range too many");
    }
}

/* Every range of every enabled memory node. */
static void read_memory(const struct fdt *fdt)
{
    for (int node = fdt_child(fdt, FDT_ROOT); node >= 0;
         node = fdt_sibling(fdt, node)) {
        struct region range;
        int error = -ENOENT;
        if (!fdt_is_named(fdt, node, "memory") || !fdt_is_enabled(fdt, node)) {
            continue;
        }
        for (size_t i = 0; (error = fdt_reg(fdt, node, i, &range)) == 0; i++) {
            add(range);
        }
        if (error == -EINVAL) {
            kprintf("tether: device tree: a memory node has an unusable reg\n");
        }
    }
    if (machine.ram.count == 0) {
        panic("device tree: no memory node with a usable reg");
    }
    if (!regions_cover(&machine.ram, kernel_region())) {
        panic("device tree: the kernel, at 0x%lx, is not in RAM",
              virt_to_phys(text_start));
    }
}

static void reserve(struct region range)
{
    regions_remove(&machine.free, whole_pages(range));
}

/* Both kinds of reservation.  What is marked no-map is not even mapped.  A
   reservation that cannot be read is a panic, or the kernel would use what it
   must leave alone. */
static void read_reserved(const struct fdt *fdt)
{
    struct region range;
    int error;
    for (size_t i = 0; (error = fdt_reserved(fdt, i, &range)) == 0; i++) {
        reserve(range);
    }
    int parent = fdt_find(fdt, FDT_ROOT, "reserved-memory");
    for (int node = fdt_child(fdt, parent); node >= 0 && error != -EINVAL;
         node = fdt_sibling(fdt, node)) {
        for (size_t i = 0; (error = fdt_reg(fdt, node, i, &range)) == 0; i++) {
            reserve(range);
            if (fdt_property(fdt, node, "no-map", NULL) != NULL) {
                regions_remove(&machine.ram, whole_pages(range));
            }
        }
    }
    if (error == -EINVAL) {
        panic("device tree: a reserved range of memory cannot be read");
    }
}

/* Take out what is not there, or is protected by the firmware.  This cannot
   tell RAM that answers at two addresses from RAM that is there twice. */
static void probe(void)
{
    for (int i = machine.free.count - 1; i >= 0; i--) {
        struct region range = machine.free.at[i];
        if (!try_memory(phys_to_virt(range.start)) ||
            !try_memory(phys_to_virt(range.end - PAGE_SIZE))) {
            say_unused(range, "does not answer");
            regions_remove(&machine.free, range);
            regions_remove(&machine.ram, range);
        }
    }
    for (int i = machine.free.count - 1; i >= 0; i--) {
        struct region range = machine.free.at[i];
        if (!regions_cover(&machine.ram, range)) { // was dropped as a remainder
            regions_remove(&machine.free, range);
        }
    }
    if (machine.free.count == 0 ||
        !regions_cover(&machine.ram, kernel_region())) {
        panic("device tree: it names no RAM that can be used");
    }
}

/* See ram.h. */
void ram_init(const struct fdt *fdt, struct region tree)
{
    read_memory(fdt);
    machine.free = machine.ram;
    reserve((struct region){0, PAGE_SIZE}); // address 0 stands for "none"
    reserve(kernel_region());
    reserve(tree);
    read_reserved(fdt);
    probe();
}

/* See ram.h. */
void ram_keep_initrd(const struct fdt *fdt, struct region tree)
{
    struct region disk;
    int chosen = fdt_find(fdt, FDT_ROOT, "chosen");
    if (fdt_number(fdt, chosen, "linux,initrd-start", &disk.start) != 0 ||
        fdt_number(fdt, chosen, "linux,initrd-end", &disk.end) != 0) {
        return;
    }
    struct regions taken = {0};
    regions_add(&taken, kernel_region());
    regions_add(&taken, tree);
    if (disk.start >= disk.end || !regions_cover(&machine.ram, disk) ||
        regions_overlap(&taken, disk) || !try_load8(phys_to_virt(disk.start)) ||
        !try_load8(phys_to_virt(disk.end - 1))) {
        kprintf("tether: device tree: the initrd, from 0x%lx to 0x%lx, is not "
                "in RAM of its own: ignored\n",
                disk.start, disk.end);
        return;
    }
    machine.initrd = disk;
    reserve(disk);
}
