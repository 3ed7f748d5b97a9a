#include "dev/clock.h"
#include "dev/console.h"
#include "dev/line.h"
#include "dev/ramdisk.h"
#include "dev/uart.h"
#include "dev/virtio_blk.h"
#include "disk/log.h"
#include "fs/fs.h"
#include "mm/hash.h"
#include "mm/kmap.h"
#include "mm/kstack.h"
#include "vm/space.h"
#include "proc/proc.h"
#include "sched/sched.h"
#include "riscv/machine.h"
#include "riscv/plic.h"
#include "riscv/sbi.h"
#include "riscv/timer.h"
#include "report.h"
#include "start.h"
#include "sys/exec.h"
#include "sys/syscall.h"

/*
 * Boot.  kernel_main is the order in which things come to exist; each line says
 * what may be used after it.  How devices and the disk are found stands below.
 */
_Noreturn void kernel_main(uint64_t id, paddr_t tree); // from riscv/entry.S
_Noreturn void kernel_main_secondary(void);            // likewise
static void init_devices(void);
static void check_arguments(void);
static void mount_root(void);

/* The first hart; `id` and `tree` are from the firmware. */
_Noreturn void kernel_main(uint64_t id, paddr_t tree)
{
    tcb_self()->hart = &harts[0];
    panic_set_reporter(report_panic);          // panic
    sbi_init();                                // the firmware's console
    klog_set_sinks(sbi_log, sbi_log);          // kprintf
    start_self();                              // traps are reported
    machine_init(tree, id);                    // machine, harts
    thread_create_idle(hart_self());           // this thread
    page_init();                               // memory for page tables
    hash_boot();                               // memory for tables of files
    kmap_init();                               // W^X, pages, device registers
    hart_self()->spare_stack = kstack_alloc(); // stack overflow, too
    init_devices();                            // console, disk
    check_arguments();                         // a warning for each unknown one
    thread_init();                             // threads
    proc_init();                               // processes
    space_init();                              // address spaces
    timer_init();                              // timer interrupts
    sched_init();                              // a policy
    fs_init();                                 // files, but no disk yet
    kprintf("tether: boot hart %lu, %u harts, %lu MiB, timer %s, sched %s\n",
            id, hart_count, page_counts.total >> 8, timer_name(),
            sched_policy_name());
    start_others(); // all harts
    check_every_hart();
    check_self_test();
    exec_init(mount_root); // the disk, /init
    sched_idle();
}

/* Every other hart, on the stack of its idle thread. */
_Noreturn void kernel_main_secondary(void)
{
    start_self();
    check_every_hart();
    sched_idle();
}

/* ---- devices and the disk ----------------------------------------------- */

static struct block_device *disk; // [i] after mount_root, which finds it
static bool console_is_polled;    // [i] after init_devices

/* The interrupt controller, as far as it serves the boot hart. */
static void init_plic(void)
{
    uint64_t size = plic_size(machine.plic_context);
    bool is_there = machine.plic.end - machine.plic.start >= size;
    volatile void *base =
        is_there ? kmap_device(machine.plic.start, size) : NULL;
    if (base == NULL || !plic_init(base, machine.plic_context)) {
        kprintf("tether: no PLIC that the kernel can use\n");
    }
}

/* The console: on the UART or, if the kernel knows none, the firmware's. */
static void init_console(void)
{
    bool has_uart = uart_init();
    console_init(has_uart ? &uart_line : &firmware_line);
    if (!has_uart) {
        kprintf("tether: no UART that the kernel can use: the console is the "
                "firmware's\n");
    }
    console_is_polled =
        !has_uart || !plic_enable(machine.uart.irq, console_interrupt);
    if (console_is_polled) {
        kprintf("tether: the console is polled\n");
    }
}

/* The devices that the kernel drives. */
static void init_devices(void)
{
    if (machine.finisher.start != 0 &&
        kmap_device(machine.finisher.start, sizeof(uint32_t)) == NULL) {
        machine.finisher.start = 0;
    }
    init_plic();
    init_console();
    clock_init();
    disk = virtio_blk_init();
}

/* The arguments that something in the kernel or init looks at. */
static void check_arguments(void)
{
    static const char *const known[] = {
        "run",  "timer",  "sched",         "hz", "icount", "pid",
        "seed", "commit", CHECK_ARGUMENTS, NULL};
    args_warn(&machine.args, known);
}

/* Start a thread of the kernel's own. */
static void start_thread(void (*function)(void *))
{
    struct thread *thread = thread_create(NULL, function, NULL);
    if (thread == NULL) {
        panic("memory: none left for the kernel's own threads");
    }
    sched_wake(thread);
}

/* Mount the virtio disk or, without one, the image that the loader left in RAM.
   Called in the first process, because it may sleep. */
static void mount_root(void)
{
    if (console_is_polled) {
        start_thread(console_poll);
    }
    if (disk == NULL && machine.initrd.start >= machine.initrd.end) {
        panic("no disk: start QEMU with -drive and -device "
              "virtio-blk-device, or with -initrd IMAGE");
    }
    if (disk == NULL) {
        disk = ramdisk_init(machine.initrd.start, machine.initrd.end);
    }
    int error = disk != NULL ? fs_mount(disk) : -EINVAL;
    if (error != 0) {
        kprintf("tether: cannot mount the disk: %s\n", error_text(error));
        machine_poweroff(1);
    }
    start_thread(log_run);
}
