#include "main.h"
#include "api/errno.h"
#include "check/check.h"
#include "dev/clock.h"
#include "dev/console.h"
#include "dev/ramdisk.h"
#include "dev/uart.h"
#include "dev/virtio_blk.h"
#include "disk/log.h"
#include "fs/fs.h"
#include "lib/klog.h"
#include "lib/panic.h"
#include "mm/kstack.h"
#include "mm/layout.h"
#include "mm/page.h"
#include "mm/pagetable.h"
#include "mm/space.h"
#include "proc/proc.h"
#include "proc/sched.h"
#include "proc/thread.h"
#include "proc/timeout.h"
#include "riscv/hart.h"
#include "riscv/machine.h"
#include "riscv/plic.h"
#include "riscv/sbi.h"
#include "riscv/timer.h"
#include "sys/fork.h"
#include "sys/syscall.h"

/*
 * Boot.  kernel_main is the order in which things come to exist; each line
 * says what may be used after it.
 */
extern const char text_start[], kernel_end[]; // kernel.ld

/* Serial line and interrupt controller, as far as the machine has them. */
static void init_devices(void)
{
    if (machine.finisher.start != 0) {
        pt_map_device(machine.finisher.start, PAGE_SIZE);
    }
    if (machine.uart.start == 0) {
        panic("device tree: no ns16550a for the console");
    }
    uart_init(pt_map_device(machine.uart.start,
                            machine.uart.end - machine.uart.start),
              machine.uart_shift, machine.uart_width);
    console_init();
    clock_init();
    if (machine.plic.start != 0) {
        plic_init(pt_map_device(machine.plic.start,
                                machine.plic.end - machine.plic.start),
                  machine.plic_context);
        plic_enable(machine.uart_irq, uart_interrupt);
    }
}

/* The arguments that something in the kernel or init looks at. */
static void check_arguments(void)
{
    static const char *const known[] = {"run",  "timer",         "sched",
                                        "hz",   "icount",        "pid",
                                        "seed", CHECK_ARGUMENTS, NULL};
    args_warn(&machine.args, known);
}

/* The disk: a virtio one, or else the image that the loader left in RAM; NULL,
   with a message, when that is none. */
static struct block_device *find_disk(void)
{
    struct block_device *disk =
        machine.plic.start != 0 ? virtio_blk_init() : NULL;
    if (disk != NULL) {
        return disk;
    }
    if (machine.initrd.start >= machine.initrd.end) {
        panic("no disk: start QEMU with -drive and -device "
              "virtio-blk-device, or with -initrd IMAGE");
    }
    return ramdisk_init(machine.initrd.start, machine.initrd.end);
}

/* Mount it; in the first process, because that may sleep. */
static void mount_root(void)
{
    struct block_device *disk = find_disk();
    int error = disk != NULL ? fs_mount(disk) : -EINVAL;
    if (error != 0) {
        kprintf("tether: cannot mount the disk: %s\n", error_text(error));
        machine_poweroff(1);
    }
    struct thread *writer = thread_create(NULL, log_run, NULL);
    if (writer == NULL) {
        panic("memory: none left for the thread that writes the log");
    }
    thread_wake(writer);
}

/* The first hart; `id` and `tree` are from the firmware. */
_Noreturn void kernel_main(uint64_t id, paddr_t tree)
{
    tcb_self()->hart = &harts[0];
    klog_set_sink(sbi_log);             // kprintf, panic
    hart_init_self();                   // traps are reported
    machine_init(tree, id);             // machine, harts
    thread_create_idle(hart_self());    // this thread
    page_init(virt_to_phys(text_start), // pages
              virt_to_phys(kernel_end));
    pt_init();                                 // W^X, devices can be mapped
    hart_self()->spare_stack = kstack_alloc(); // stack overflow, too
    init_devices();                            // console
    check_arguments();                         // a warning for each unknown one
    thread_init();                             // threads
    proc_init();                               // processes
    space_init();                              // address spaces
    timeout_init();                            // waits with a deadline
    timer_init();                              // timer interrupts
    sched_init();                              // a policy
    fs_init();                                 // files, but no disk yet
    kprintf("tether: boot hart %lu, %u harts, %lu MiB, timer %s, sched %s\n",
            id, hart_count, page_counts.total >> 8, timer_name(),
            sched_policy_name());
    hart_start_others(); // all harts
    check_every_hart();
    check_self_test();
    fork_init(mount_root); // the disk, /init
    sched_idle();
}

/* Every other hart, on the stack of its idle thread. */
_Noreturn void kernel_main_secondary(void)
{
    hart_init_self();
    check_every_hart();
    sched_idle();
}
