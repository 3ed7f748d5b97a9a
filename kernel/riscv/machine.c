#include "riscv/machine.h"
#include "lib/fdt.h"
#include "lib/str.h"
#include "riscv/hart.h"
#include "riscv/linear.h"
#include "riscv/mmio.h"
#include "riscv/ram.h"
#include "riscv/sbi.h"
#include "riscv/try.h"

/*
 * The device tree, read once.  The firmware hands over its address; what it
 * says becomes `machine` and the table of harts.  Without RAM, a boot hart and
 * a time base nothing can run, so their absence is a panic that names the
 * node; everything else may be missing.
 */
struct machine machine;

/* The most bytes of device tree that are looked at. */
#define TREE_MAX (1UL << 20)

#define TIMEBASE_MIN 10000 // Hz: hz= goes up to it

/* sifive,test: a write of these ends the emulator. */
enum { FINISH_PASS = 0x5555, FINISH_FAIL = 0x3333 };

/* What the kernel drives, by the names that its devices have in trees. */
static const char *const uarts[] = {"ns16550a", "ns16550", "snps,dw-apb-uart",
                                    NULL};
static const char *const plics[] = {"sifive,plic-1.0.0", "riscv,plic0",
                                    "thead,c900-plic", NULL};
static const char *const finishers[] = {"sifive,test0", NULL};
static const char *const clocks[] = {"google,goldfish-rtc", NULL};
static const char *const virtio_slots[] = {"virtio,mmio", NULL};

/* Whether an ISA string, less its "rv64", has an extension: one of the letters,
   of which g means imafd, or one of the names, each behind a "_" (unprivileged
   specification 20191213, chapter 27).  strchr finds the final NUL, too. */
static bool isa_has(const char *isa, const char *extension)
{
    size_t length = strlen(extension);
    for (; length == 1 && strchr("_zsx", *isa) == NULL; isa++) {
        if (*isa == *extension ||
            (*isa == 'g' && strchr("imafd", *extension))) {
            return true;
        }
    }
    while ((isa = strchr(isa, '_')) != NULL) {
        isa++;
        if (strncmp(isa, extension, length) == 0 && strchr("_", isa[length])) {
            return true;
        }
    }
    return false;
}

/* Whether a hart has an extension: newer trees have a list of names, older ones
   a string. */
static bool hart_has(int cpu, const char *extension)
{
    if (fdt_has(cpu, "riscv,isa-extensions")) {
        return fdt_has_string(cpu, "riscv,isa-extensions", extension);
    }
    const char *isa = fdt_string(cpu, "riscv,isa");
    return isa != NULL && strncmp(isa, "rv64", 4) == 0 &&
           isa_has(isa + 4, extension);
}

/* Bytes that a hart can zero at once, a part of a page; 0: it cannot. */
static uint64_t zero_block_of(int cpu)
{
    uint64_t size = fdt_number(cpu, "riscv,cboz-block-size", 0);
    bool can = hart_has(cpu, "zicboz") && size != 0 && PAGE_SIZE % size == 0;
    return can ? size : 0;
}

/* Add a hart to the table, unless that is full. */
static void add_hart(uint64_t id)
{
    if (hart_count == HART_MAX) {
        kprintf("tether: hart %lu ignored: more than %d\n", id, HART_MAX);
        return;
    }
    harts[hart_count].index = hart_count;
    harts[hart_count].id = id;
    hart_count++;
}

/* The harts that may be used: the one that boots, then the others in the order
   of the tree, less those without an MMU.  Returns the boot hart's node. */
static int read_harts(uint64_t boot_id)
{
    int boot_node = -ENOENT;
    int cpus = fdt_find(FDT_ROOT, "cpus");
    machine.has_sstc = machine.has_fp = true;
    machine.zero_block = PAGE_SIZE;
    add_hart(boot_id);
    fdt_for_each_child (node, cpus) {
        struct region reg;
        if (!fdt_is_named(node, "cpu") || !fdt_is_enabled(node) ||
            fdt_reg(node, 0, &reg) != 0) {
            continue;
        }
        if (reg.start == boot_id) {
            boot_node = node;
        } else if (fdt_string(node, "mmu-type") != NULL &&
                   !fdt_has_string(node, "mmu-type", "riscv,none")) {
            add_hart(reg.start);
        } else {
            continue;
        }
        machine.has_sstc &= hart_has(node, "sstc");
        machine.has_fp &= hart_has(node, "d");
        machine.zero_block = min_u64(machine.zero_block, zero_block_of(node));
    }
    if (boot_node < 0) {
        panic("device tree: no enabled cpu node for boot hart %lu", boot_id);
    }
    return boot_node;
}

/* Ticks of `time` in a second; older trees say so at each hart. */
static void read_timebase(int boot_hart)
{
    uint64_t of_hart = fdt_number(boot_hart, "timebase-frequency", 0);
    machine.timebase =
        fdt_number(fdt_find(FDT_ROOT, "cpus"), "timebase-frequency", of_hart);
    if (machine.timebase < TIMEBASE_MIN || machine.timebase > UINT32_MAX) {
        panic("device tree: timebase-frequency is %lu Hz, but must be %d Hz to "
              "4 GHz",
              machine.timebase, TIMEBASE_MIN);
    }
}

/* Whether a node is enabled, one of those devices, and has registers: these go
   to *out. */
static bool is_device(int node, const char *const *names, struct region *out)
{
    while (*names != NULL && !fdt_has_string(node, "compatible", *names)) {
        names++;
    }
    return *names != NULL && fdt_is_enabled(node) && fdt_reg(node, 0, out) == 0;
}

/* The next device after `node` that has one of these names, and its registers;
   -ENOENT. */
static int next_device(int node, const char *const *names, struct region *out)
{
    do {
        node = fdt_next(node);
    } while (node >= 0 && !is_device(node, names, out));
    return node;
}

/* The number of a device's interrupt at the PLIC; 0 when it has none, or is
   wired to another controller.  interrupts-extended names the controller
   itself, and counts where both are there. */
static uint32_t read_irq(int device)
{
    uint32_t irq = 0;
    uint32_t controller = machine.plic_phandle;
    if (fdt_cell(device, "interrupts-extended", 0, &controller) == 0) {
        fdt_cell(device, "interrupts-extended", 1, &irq);
    } else {
        controller = (uint32_t)fdt_inherited(device, "interrupt-parent",
                                             machine.plic_phandle);
        fdt_cell(device, "interrupts", 0, &irq);
    }
    return controller == machine.plic_phandle ? irq : 0;
}

/* The places for virtio devices. */
static void read_slots(void)
{
    struct region reg;
    int node = FDT_ROOT;
    while (machine.virtio_count < MACHINE_SLOTS &&
           (node = next_device(node, virtio_slots, &reg)) >= 0) {
        machine.virtio[machine.virtio_count++] =
            (struct slot){reg.start, read_irq(node)};
    }
}

/* The PLIC's number for a hart's supervisor mode: the place of the entry
   (hart's own controller, external interrupt of that mode) in
   interrupts-extended.  Without it the PLIC is of no use: another context would
   be another hart's, or machine mode's. */
static bool find_context(int plic, uint64_t own)
{
    enum { SUPERVISOR_EXTERNAL = 9 };
    uint32_t phandle;
    uint32_t cause;
    for (uint32_t i = 0;
         fdt_cell(plic, "interrupts-extended", i, &phandle) == 0 &&
         fdt_cell(plic, "interrupts-extended", i + 1, &cause) == 0;
         i += 2) {
        if (phandle == own && cause == SUPERVISOR_EXTERNAL) {
            machine.plic_context = i / 2;
            return true;
        }
    }
    return false;
}

/* The PLIC that serves a hart; a machine of several sockets has one in each. */
static void read_plic(int hart)
{
    int intc = fdt_find(hart, "interrupt-controller");
    uint64_t own = fdt_number(intc, "phandle", 0);
    struct region regs;
    int plic = FDT_ROOT;
    while (own != 0 && (plic = next_device(plic, plics, &regs)) >= 0) {
        if (find_context(plic, own)) {
            machine.plic = regs;
            machine.plic_phandle = (uint32_t)fdt_number(plic, "phandle", 0);
            return;
        }
    }
}

/* The node that /chosen names for the console, by its path or by an alias;
   FDT_ROOT when it names none. */
static int console_node(void)
{
    char alias[32] = "";
    int chosen = fdt_find(FDT_ROOT, "chosen");
    const char *path = fdt_string(chosen, "stdout-path");
    if (path != NULL && *path != '/') {
        for (size_t i = 0;
             i < sizeof(alias) - 1 && path[i] != '\0' && path[i] != ':'; i++) {
            alias[i] = path[i];
        }
        path = fdt_string(fdt_find(FDT_ROOT, "aliases"), alias);
    }
    int node = path == NULL ? -ENOENT : fdt_find(FDT_ROOT, path);
    return node < 0 ? FDT_ROOT : node;
}

/* The UART of the console: that which is chosen or, if none is, the first. */
static void read_uart(void)
{
    int node = console_node();
    if (node == FDT_ROOT) {
        node = next_device(FDT_ROOT, uarts, &machine.uart.regs);
    } else if (!is_device(node, uarts, &machine.uart.regs)) {
        return; // the firmware knows how to use it
    }
    machine.uart.irq = read_irq(node);
    machine.uart.shift = (uint32_t)fdt_number(node, "reg-shift", 0);
    machine.uart.width = (uint32_t)fdt_number(node, "reg-io-width", 1);
}

/* Bytes that can be read at a physical address, up to TREE_MAX. */
static size_t readable_at(paddr_t pa)
{
    size_t n = 0;
    while (n < TREE_MAX && pa < PHYS_END - n &&
           try_load8(phys_to_virt(pa + n))) {
        n += PAGE_SIZE - (pa + n) % PAGE_SIZE;
    }
    return n;
}

/* The device that ends an emulator, if it answers. */
static void read_finisher(void)
{
    next_device(FDT_ROOT, finishers, &machine.finisher);
    if (machine.finisher.start >= PHYS_END ||
        !try_load32(phys_to_virt(machine.finisher.start))) {
        machine.finisher = (struct region){0, 0};
    }
}

/* The finisher comes first, so that a panic can end the machine. */
void machine_init(paddr_t tree, uint64_t boot_id)
{
    assert(hart_count == 0 && machine.ram.count == 0);
    int size = fdt_open(phys_to_virt(tree), readable_at(tree));
    if (size < 0) {
        panic("device tree at 0x%lx: not a valid tree", tree);
    }
    read_finisher();
    const char *words = fdt_string(fdt_find(FDT_ROOT, "chosen"), "bootargs");
    args_parse(words == NULL ? "" : words, &machine.args);
    machine.icount = args_get(&machine.args, "icount") != NULL;
    int boot_hart = read_harts(boot_id);
    read_timebase(boot_hart);
    ram_init((struct region){tree, tree + (uint64_t)size});
    read_plic(boot_hart);
    read_uart();
    next_device(FDT_ROOT, clocks, &machine.rtc);
    read_slots();
}

uint64_t machine_arg_number(const char *name, uint64_t min, uint64_t max,
                            uint64_t otherwise)
{
    assert(min <= max);
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
 * The finisher device can report a status.  A store of FINISH_FAIL with code 0
 * would count as success.  An emulator may execute more instructions after the
 * store, and a second request would replace the first: so the first hart that
 * comes here stores, and nothing follows.
 */
void machine_finish(int status)
{
    static uint32_t finished; // [a] 1 when the store has been made
    uint32_t code = (uint32_t)status & 0xff;
    if (status != 0 && code == 0) {
        code = 0xff;
    }
    if (machine.finisher.start != 0) {
        if (!atomic_swap_full(&finished, 1)) {
            mmio_write32(phys_to_virt(machine.finisher.start),
                         status == 0 ? FINISH_PASS : code << 16 | FINISH_FAIL);
        }
        hart_halt();
    }
}

/* Without a finisher the firmware is asked, whose call carries no status. */
_Noreturn void machine_poweroff(int status)
{
    machine_finish(status);
    if (status != 0) {
        kprintf("tether: this machine cannot report exit status %d\n", status);
    }
    sbi_shutdown();
    kprintf("tether: the firmware cannot power off: halted\n");
    hart_halt();
}
