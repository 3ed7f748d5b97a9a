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

static void say_unused(struct region range, const char *why)
{
    kprintf("tether: RAM from 0x%lx to 0x%lx %s: left unused\n", range.start,
            range.end, why);
}

/* Add the whole pages of one range of a memory node. */
static void ram_add(struct region range)
{
    if (range.end > PHYS_END) {
        struct region beyond = {max_u64(range.start, PHYS_END), range.end};
        say_unused(beyond, "is out of the kernel's reach");
    }
    range.start = round_up(min_u64(range.start, PHYS_END), PAGE_SIZE);
    range.end = round_down(min_u64(range.end, PHYS_END), PAGE_SIZE);
    bool overlaps = regions_overlap(&machine.ram, range);
    if (!regions_add(&machine.ram, range)) {
        say_unused(range,
                   overlaps ? "overlaps other RAM" : "is one range too many");
    }
}

/* Every range of every enabled memory node. */
static void read_memory(void)
{
    fdt_for_each_child (node, FDT_ROOT) {
        struct region range;
        int error;
        if (!fdt_is_named(node, "memory") || !fdt_is_enabled(node)) {
            continue;
        }
        for (size_t i = 0; (error = fdt_reg(node, i, &range)) == 0; i++) {
            ram_add(range);
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

/* Take a range out of a set, with all of the pages that it touches. */
static void take_out(struct regions *set, struct region range)
{
    range.start = round_down(range.start, PAGE_SIZE);
    range.end = round_up(min_u64(range.end, PHYS_END), PAGE_SIZE);
    regions_remove(set, range);
}

/* Both kinds of reservation.  What is marked no-map is not even mapped.  A
   reservation that cannot be read is a panic, because the kernel would use what
   it must leave alone. */
static void read_reserved(void)
{
    struct region range;
    int error;
    for (size_t i = 0; (error = fdt_reserved(i, &range)) == 0; i++) {
        take_out(&machine.free, range);
    }
    bool is_broken = error == -EINVAL;
    fdt_for_each_child (node, fdt_find(FDT_ROOT, "reserved-memory")) {
        for (size_t i = 0; (error = fdt_reg(node, i, &range)) == 0; i++) {
            take_out(&machine.free, range);
            if (fdt_has(node, "no-map")) {
                take_out(&machine.ram, range);
            }
        }
        is_broken |= error == -EINVAL;
    }
    if (is_broken) {
        panic("device tree: a reserved range of memory cannot be read");
    }
}

/* Take out what is not there, or is protected by the firmware.  This cannot
   tell RAM that answers at two addresses from RAM that is there twice.  If a
   set has no place for a remainder, both sets lose it. */
static void probe(void)
{
    for (int i = 0; i < machine.free.count; i++) {
        struct region range = machine.free.at[i];
        if (!try_memory(phys_to_virt(range.start)) ||
            !try_memory(phys_to_virt(range.end - PAGE_SIZE))) {
            say_unused(range, "does not answer");
            regions_remove(&machine.ram, range);
        }
    }
    for (int i = machine.free.count - 1; i >= 0; i--) {
        struct region range = machine.free.at[i];
        if (!regions_cover(&machine.ram, range)) {
            regions_remove(&machine.free, range);
        }
    }
    if (machine.free.count == 0 ||
        !regions_cover(&machine.ram, kernel_region())) {
        panic("device tree: it names no RAM that can be used");
    }
}

/* Keep the initial RAM disk, if the tree names one. */
static void keep_initrd(struct region tree)
{
    int chosen = fdt_find(FDT_ROOT, "chosen");
    struct region disk = {fdt_number(chosen, "linux,initrd-start", UINT64_MAX),
                          fdt_number(chosen, "linux,initrd-end", UINT64_MAX)};
    if (disk.start == UINT64_MAX || disk.end == UINT64_MAX) {
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
    take_out(&machine.free, disk);
}

/* Find out which RAM there is and what of it nobody has reserved. */
void ram_init(struct region tree)
{
    read_memory();
    machine.free = machine.ram;
    take_out(&machine.free, (struct region){0, 1}); // address 0 means "none"
    take_out(&machine.free, kernel_region());
    take_out(&machine.free, tree);
    read_reserved();
    probe();
    keep_initrd(tree);
}
