#include "riscv/machine.h"
#include "api/errno.h"
#include "lib/fdt.h"
#include "lib/klog.h"
#include "lib/panic.h"
#include "lib/str.h"
#include "mm/layout.h"
#include "riscv/hart.h"
#include "riscv/mmio.h"
#include "riscv/sbi.h"

/*
 * The device tree, read once.  The firmware hands over its address; what it
 * says becomes `machine` and the table of harts.  Without RAM, a boot hart and
 * a time base nothing can run, so their absence is a panic that names the
 * node; everything else may be missing.
 */
struct machine machine;

/* The most bytes of device tree that are looked at. */
#define TREE_MAX (1UL << 20)

/* sifive,test: a write of these ends the emulator. */
enum { FINISH_PASS = 0x5555, FINISH_FAIL = 0x3333 };

/* Append a region.  Too many are a panic: to forget what is reserved would be
   to use it. */
static void region_add(struct region *list, int *count, struct fdt_range range)
{
    if (*count == MACHINE_RAM_MAX) {
        panic("device tree: more than %d regions of memory: 0x%lx",
              MACHINE_RAM_MAX, range.start);
    }
    list[*count].start = range.start;
    list[*count].end = range.start + range.size;
    (*count)++;
}

/* Every range of every enabled memory node. */
static void read_ram(const struct fdt *fdt)
{
    for (int node = fdt_child(fdt, FDT_ROOT); node >= 0;
         node = fdt_sibling(fdt, node)) {
        struct fdt_range range;
        for (size_t i = 0;
             fdt_is_named(fdt, node, "memory") && fdt_is_enabled(fdt, node) &&
             fdt_reg(fdt, node, i, &range) == 0;
             i++) {
            region_add(machine.ram, &machine.ram_count, range);
        }
    }
    if (machine.ram_count == 0) {
        panic("device tree: no memory node with a usable reg");
    }
}

/* What RAM is not ours: both kinds of reservation, and the tree itself. */
static void read_reserved(const struct fdt *fdt, paddr_t tree)
{
    struct fdt_range range;
    for (size_t i = 0; fdt_reserved(fdt, i, &range) == 0; i++) {
        region_add(machine.reserved, &machine.reserved_count, range);
    }
    int parent = fdt_find(fdt, "/reserved-memory");
    for (int node = parent < 0 ? parent : fdt_child(fdt, parent); node >= 0;
         node = fdt_sibling(fdt, node)) {
        for (size_t i = 0; fdt_reg(fdt, node, i, &range) == 0; i++) {
            region_add(machine.reserved, &machine.reserved_count, range);
        }
    }
    range.start = tree;
    range.size = fdt_total_size(fdt);
    region_add(machine.reserved, &machine.reserved_count, range);
}

/* Whether an ISA string names a multi-letter extension. */
static bool isa_has(const char *isa, const char *extension)
{
    size_t length = strlen(extension);
    while (isa != NULL && (isa = strchr(isa, '_')) != NULL) {
        isa++;
        if (strncmp(isa, extension, length) == 0 &&
            (isa[length] == '_' || isa[length] == '\0')) {
            return true;
        }
    }
    return false;
}

/* The harts that may be used, in the order of the tree. */
static void read_harts(const struct fdt *fdt, uint64_t boot_id)
{
    bool found_boot = false;
    int cpus = fdt_find(fdt, "/cpus");
    machine.has_sstc = true;
    for (int node = cpus < 0 ? cpus : fdt_child(fdt, cpus); node >= 0;
         node = fdt_sibling(fdt, node)) {
        struct fdt_range reg;
        if (!fdt_is_named(fdt, node, "cpu") || !fdt_is_enabled(fdt, node) ||
            fdt_reg(fdt, node, 0, &reg) != 0) {
            continue;
        }
        if (hart_count == HART_MAX) {
            kprintf("tether: hart %lu and later ignored: more than %d\n",
                    reg.start, HART_MAX);
            break;
        }
        found_boot |= reg.start == boot_id;
        harts[hart_count].index = hart_count;
        harts[hart_count].id = reg.start;
        hart_count++;
        machine.has_sstc &= isa_has(fdt_string(fdt, node, "riscv,isa"), "sstc");
    }
    if (!found_boot) {
        panic("device tree: no enabled cpu node for boot hart %lu", boot_id);
    }
    if (fdt_number(fdt, cpus, "timebase-frequency", &machine.timebase) != 0 ||
        machine.timebase == 0) {
        panic("device tree: /cpus has no timebase-frequency");
    }
}

/* First register range of the first node compatible with `what`. */
static int find_device(const struct fdt *fdt, const char *what,
                       struct region *out)
{
    struct fdt_range reg;
    int node = fdt_next_compatible(fdt, FDT_ROOT, what);
    while (node >= 0 && !fdt_is_enabled(fdt, node)) {
        node = fdt_next_compatible(fdt, node, what);
    }
    if (node < 0 || fdt_reg(fdt, node, 0, &reg) != 0) {
        return -ENODEV;
    }
    out->start = reg.start;
    out->end = reg.start + reg.size;
    return node;
}

/* The places for virtio devices. */
static void read_slots(const struct fdt *fdt)
{
    int node = FDT_ROOT;
    while (machine.virtio_count < MACHINE_SLOTS &&
           (node = fdt_next_compatible(fdt, node, "virtio,mmio")) >= 0) {
        struct slot *slot = &machine.virtio[machine.virtio_count];
        struct fdt_range reg;
        if (fdt_is_enabled(fdt, node) && fdt_reg(fdt, node, 0, &reg) == 0 &&
            fdt_cell(fdt, node, "interrupts", 0, &slot->irq) == 0) {
            slot->base = reg.start;
            machine.virtio_count++;
        }
    }
}

/* The devices of the kernel. */
static void read_devices(const struct fdt *fdt)
{
    int uart = find_device(fdt, "ns16550a", &machine.uart);
    machine.uart_width = 1;
    if (uart >= 0) {
        fdt_cell(fdt, uart, "interrupts", 0, &machine.uart_irq);
        fdt_cell(fdt, uart, "reg-shift", 0, &machine.uart_shift);
        fdt_cell(fdt, uart, "reg-io-width", 0, &machine.uart_width);
    }
    if (find_device(fdt, "riscv,plic0", &machine.plic) < 0) {
        find_device(fdt, "sifive,plic-1.0.0", &machine.plic);
    }
    read_slots(fdt);
    struct region found;
    if (find_device(fdt, "sifive,test0", &found) >= 0 ||
        find_device(fdt, "sifive,test1", &found) >= 0) {
        machine.finisher = found.start;
    }
    if (find_device(fdt, "google,goldfish-rtc", &found) >= 0) {
        machine.rtc = found.start;
    }
}

/*
 * The interrupt controller's number for each hart's supervisor mode: the place
 * of the entry (hart's own controller, 9) in interrupts-extended.
 */
static void read_contexts(const struct fdt *fdt)
{
    enum { SUPERVISOR_EXTERNAL = 9 };
    int plic = fdt_next_compatible(fdt, FDT_ROOT, "riscv,plic0");
    if (plic < 0) {
        plic = fdt_next_compatible(fdt, FDT_ROOT, "sifive,plic-1.0.0");
    }
    uint32_t phandle;
    uint32_t cause;
    for (uint32_t context = 0; plic >= 0 &&
                               fdt_cell(fdt, plic, "interrupts-extended",
                                        2UL * context, &phandle) == 0 &&
                               fdt_cell(fdt, plic, "interrupts-extended",
                                        2UL * context + 1, &cause) == 0;
         context++) {
        int intc = fdt_find_phandle(fdt, phandle);
        struct fdt_range reg;
        if (cause != SUPERVISOR_EXTERNAL || intc < 0 ||
            fdt_reg(fdt, fdt_parent(fdt, intc), 0, &reg) != 0) {
            continue;
        }
        for (uint32_t i = 0; i < hart_count; i++) {
            if (harts[i].id == reg.start) {
                harts[i].plic_context = context;
            }
        }
    }
}

/* Boot arguments and the initial RAM disk. */
static void read_chosen(const struct fdt *fdt)
{
    int chosen = fdt_find(fdt, "/chosen");
    const char *text = chosen < 0 ? NULL : fdt_string(fdt, chosen, "bootargs");
    args_parse(text == NULL ? "" : text, &machine.args);
    if (chosen < 0 ||
        fdt_number(fdt, chosen, "linux,initrd-start", &machine.initrd.start) !=
            0 ||
        fdt_number(fdt, chosen, "linux,initrd-end", &machine.initrd.end) != 0) {
        machine.initrd = (struct region){0, 0};
    }
}

/* Read everything. */
void machine_init(paddr_t tree, uint64_t boot_id)
{
    struct fdt fdt;
    if (fdt_open(&fdt, phys_to_virt(tree), TREE_MAX) != 0) {
        panic("device tree at 0x%lx: not a valid tree", tree);
    }
    read_devices(&fdt); // first, so that a panic can end the machine
    read_ram(&fdt);
    read_reserved(&fdt, tree);
    read_harts(&fdt, boot_id);
    read_contexts(&fdt);
    read_chosen(&fdt);
}

/* A number among the boot arguments. */
uint64_t machine_arg_number(const char *name, uint64_t min, uint64_t max,
                            uint64_t otherwise)
{
    const char *text = args_get(&machine.args, name);
    uint64_t value = otherwise;
    if (text != NULL &&
        (!str_to_u64(text, &value) || value < min || value > max)) {
        panic("boot argument %s=%s: must be a number from %lu to %lu", name,
              text, min, max);
    }
    return value;
}

/*
 * The finisher device can report a status; the firmware's call cannot.  A
 * store of FINISH_FAIL with code 0 would count as success.
 */
_Noreturn void machine_poweroff(int status)
{
    uint32_t code = (uint32_t)status & 0xff;
    if (status != 0 && code == 0) {
        code = 0xff;
    }
    if (machine.finisher != 0) {
        mmio_write32(phys_to_virt(machine.finisher),
                     status == 0 ? FINISH_PASS : code << 16 | FINISH_FAIL);
    }
    sbi_shutdown();
    for (;;) {
        wait_for_interrupt();
    }
}
