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
static void region_add(struct region *list, int *count, struct region region)
{
    if (*count == MACHINE_RAM_MAX) {
        panic("device tree: more than %d regions of memory: 0x%lx",
              MACHINE_RAM_MAX, region.start);
    }
    list[*count] = region;
    (*count)++;
}

/* Every range of every enabled memory node. */
static void read_ram(const struct fdt *fdt)
{
    for (int node = fdt_child(fdt, FDT_ROOT); node >= 0;
         node = fdt_sibling(fdt, node)) {
        struct region range;
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
    struct region range = {tree, tree + fdt->size};
    region_add(machine.reserved, &machine.reserved_count, range);
    for (size_t i = 0; fdt_reserved(fdt, i, &range) == 0; i++) {
        region_add(machine.reserved, &machine.reserved_count, range);
    }
    int parent = fdt_find(fdt, FDT_ROOT, "reserved-memory");
    for (int node = fdt_child(fdt, parent); node >= 0;
         node = fdt_sibling(fdt, node)) {
        for (size_t i = 0; fdt_reg(fdt, node, i, &range) == 0; i++) {
            region_add(machine.reserved, &machine.reserved_count, range);
        }
    }
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

/* The harts that may be used: the one that boots, then the others in the order
   of the tree.  Returns the boot hart's node. */
static int read_harts(const struct fdt *fdt, uint64_t boot_id)
{
    int boot_node = -ENOENT;
    int cpus = fdt_find(fdt, FDT_ROOT, "cpus");
    machine.has_sstc = true;
    harts[0].id = boot_id;
    hart_count = 1;
    for (int node = fdt_child(fdt, cpus); node >= 0;
         node = fdt_sibling(fdt, node)) {
        struct region reg;
        if (!fdt_is_named(fdt, node, "cpu") || !fdt_is_enabled(fdt, node) ||
            fdt_reg(fdt, node, 0, &reg) != 0) {
            continue;
        }
        machine.has_sstc &= isa_has(fdt_string(fdt, node, "riscv,isa"), "sstc");
        if (reg.start == boot_id) {
            boot_node = node;
        } else if (hart_count < HART_MAX) {
            harts[hart_count].index = hart_count;
            harts[hart_count].id = reg.start;
            hart_count++;
        } else {
            kprintf("tether: hart %lu ignored: more than %d\n", reg.start,
                    HART_MAX);
        }
    }
    if (boot_node < 0) {
        panic("device tree: no enabled cpu node for boot hart %lu", boot_id);
    }
    if (fdt_number(fdt, cpus, "timebase-frequency", &machine.timebase) != 0 ||
        machine.timebase == 0 || machine.timebase > UINT32_MAX) {
        panic("device tree: /cpus has no usable timebase-frequency");
    }
    return boot_node;
}

/* The next device after `node` that is compatible with `what`, enabled, and has
   registers: these go to *out.  Its node, or -ENOENT. */
static int next_device(const struct fdt *fdt, int node, const char *what,
                       struct region *out)
{
    do {
        node = fdt_next_compatible(fdt, node, what);
    } while (node >= 0 &&
             (!fdt_is_enabled(fdt, node) || fdt_reg(fdt, node, 0, out) != 0));
    return node;
}

/* The places for virtio devices. */
static void read_slots(const struct fdt *fdt)
{
    struct region reg;
    int node = next_device(fdt, FDT_ROOT, "virtio,mmio", &reg);
    while (node >= 0 && machine.virtio_count < MACHINE_SLOTS) {
        struct slot *slot = &machine.virtio[machine.virtio_count];
        if (fdt_cell(fdt, node, "interrupts", 0, &slot->irq) == 0) {
            slot->base = reg.start;
            machine.virtio_count++;
        }
        node = next_device(fdt, node, "virtio,mmio", &reg);
    }
}

/* The interrupt controller's number for a hart's supervisor mode: the place of
   the entry (hart's own controller, 9) in interrupts-extended. */
static uint32_t find_context(const struct fdt *fdt, int plic, int hart)
{
    enum { SUPERVISOR_EXTERNAL = 9 };
    uint32_t own = 0;
    int intc = fdt_find(fdt, hart, "interrupt-controller");
    fdt_cell(fdt, intc, "phandle", 0, &own);
    uint32_t phandle;
    uint32_t cause;
    for (uint32_t i = 0;
         fdt_cell(fdt, plic, "interrupts-extended", i, &phandle) == 0 &&
         fdt_cell(fdt, plic, "interrupts-extended", i + 1, &cause) == 0;
         i += 2) {
        if (phandle == own && cause == SUPERVISOR_EXTERNAL) {
            return i / 2;
        }
    }
    return 0;
}

/* The devices of the kernel. */
static void read_devices(const struct fdt *fdt, int boot_hart)
{
    int uart = next_device(fdt, FDT_ROOT, "ns16550a", &machine.uart);
    machine.uart_width = 1;
    fdt_cell(fdt, uart, "interrupts", 0, &machine.uart_irq);
    fdt_cell(fdt, uart, "reg-shift", 0, &machine.uart_shift);
    fdt_cell(fdt, uart, "reg-io-width", 0, &machine.uart_width);
    int plic = next_device(fdt, FDT_ROOT, "sifive,plic-1.0.0", &machine.plic);
    machine.plic_context = find_context(fdt, plic, boot_hart);
    next_device(fdt, FDT_ROOT, "google,goldfish-rtc", &machine.rtc);
    read_slots(fdt);
}

/* Boot arguments and the initial RAM disk. */
static void read_chosen(const struct fdt *fdt)
{
    int chosen = fdt_find(fdt, FDT_ROOT, "chosen");
    const char *text = fdt_string(fdt, chosen, "bootargs");
    args_parse(text == NULL ? "" : text, &machine.args);
    struct region disk;
    if (fdt_number(fdt, chosen, "linux,initrd-start", &disk.start) == 0 &&
        fdt_number(fdt, chosen, "linux,initrd-end", &disk.end) == 0) {
        machine.initrd = disk;
    }
}

/* Read everything. */
void machine_init(paddr_t tree, uint64_t boot_id)
{
    struct fdt fdt;
    if (fdt_open(&fdt, phys_to_virt(tree), TREE_MAX) != 0) {
        panic("device tree at 0x%lx: not a valid tree", tree);
    }
    // First, so that a panic can end the machine.
    next_device(&fdt, FDT_ROOT, "sifive,test0", &machine.finisher);
    read_ram(&fdt);
    read_reserved(&fdt, tree);
    read_devices(&fdt, read_harts(&fdt, boot_id));
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

static bool finished; // [a] the finisher has been told

/*
 * The finisher device can report a status.  A store of FINISH_FAIL with code 0
 * would count as success.  An emulator may execute more instructions after the
 * store, and a second request would replace the first: so nothing follows.
 */
void machine_finish(int status)
{
    uint32_t code = (uint32_t)status & 0xff;
    if (status != 0 && code == 0) {
        code = 0xff;
    }
    if (machine.finisher.start != 0) {
        __atomic_store_n(&finished, true, __ATOMIC_SEQ_CST);
        mmio_write32(phys_to_virt(machine.finisher.start),
                     status == 0 ? FINISH_PASS : code << 16 | FINISH_FAIL);
        hart_halt();
    }
}

/* Without a finisher the firmware is asked, whose call carries no status.  The
   first status counts when several harts power off. */
_Noreturn void machine_poweroff(int status)
{
    if (__atomic_load_n(&finished, __ATOMIC_SEQ_CST)) {
        hart_halt();
    }
    machine_finish(status);
    if (status != 0) {
        kprintf("tether: this machine cannot report exit status %d\n", status);
    }
    sbi_shutdown();
    kprintf("tether: the firmware cannot power off: halted\n");
    hart_halt();
}
