#include "report.h"
#include "proc/proc.h"
#include "riscv/backtrace.h"
#include "riscv/hart.h"
#include "riscv/machine.h"
#include "sched/thread.h"

/*
 * What the kernel says of failures: a line for each program that it kills, and
 * one report when it gives up itself.
 *
 * A panic powers off with status 101.  Where no device can report that status,
 * every hart stays halted: a firmware that is asked to shut down would end an
 * emulator with status 0, which means success.
 *
 * The first hart to panic wins; it stops the others, and one that panics at
 * the same time only stops itself.  The report takes no lock, because the lock
 * may be what is broken: messages go to the panic sink from then on.
 */
#define PANIC_STATUS 101

static uint64_t panicking; // [a] index + 1 of the hart that reports

/* The names of table 4.2 (privileged architecture 20211203). */
const char *report_cause(uint64_t cause)
{
    static const char *const names[] = {
        "misaligned fetch", "fetch access fault", "illegal instruction",
        "breakpoint",       "misaligned load",    "load access fault",
        "misaligned store", "store access fault", "user ecall",
        "supervisor ecall", "reserved cause 10",  "machine ecall",
        "fetch page fault", "load page fault",    "reserved cause 14",
        "store page fault",
    };
    if ((cause & CAUSE_INTERRUPT) != 0) {
        return "unexpected interrupt";
    }
    return cause < ARRAY_LENGTH(names) ? names[cause] : "unknown cause";
}

/* Every register, four on a line. */
static void report_registers(const struct trapframe *frame)
{
    static const char names[31][4] = {
        "ra", "sp", "gp", "tp",  "t0",  "t1", "t2", "s0", "s1", "a0", "a1",
        "a2", "a3", "a4", "a5",  "a6",  "a7", "s2", "s3", "s4", "s5", "s6",
        "s7", "s8", "s9", "s10", "s11", "t3", "t4", "t5", "t6"};
    const uint64_t *value = &frame->ra;
    for (int i = 0; i < 31; i++) {
        kprintf("%4s %016lx%s", names[i], value[i], i % 4 == 3 ? "\n" : "");
    }
    kprintf("  pc %016lx\n", frame->epc);
}

/* Stop all other harts, so that nothing is printed into the report; one that
   does not answer in a tenth of a second is left alone. */
static void stop_others(void)
{
    uint64_t self = 1UL << hart_index();
    for (uint64_t left = harts_online() & ~self; left != 0; left &= left - 1) {
        hart_send(&harts[bit_lowest(left)], IPI_HALT);
    }
    uint64_t deadline = time_now() + machine.timebase / 10;
    while ((harts_online() & ~self) != 0 && time_now() < deadline) {
        hart_relax();
    }
}

/* Become the hart that reports.  One that comes second stops here, and one that
   was already reporting, because then the report itself has failed, too. */
static void report_begin(void)
{
    irq_off();
    uint32_t mine = hart_index() + 1;
    if (!atomic_change(&panicking, 0, mine)) {
        if (atomic_load_relaxed(&panicking) == mine) {
            machine_finish(PANIC_STATUS);
        }
        hart_halt();
    }
    stop_others();
    klog_panic();
}

/* Say which hart and which thread it was. */
static void report_where(void)
{
    const struct thread *self = thread_self();
    const struct proc *proc = self->proc;
    kprintf("hart %lu, thread %s, pid %d\n", hart_self()->id,
            proc != NULL ? proc->name : "kernel", proc != NULL ? proc->pid : 0);
}

/* Say who called the code that failed, and end the machine. */
static _Noreturn void report_end(uint64_t pc, uint64_t sp, uint64_t ra)
{
    backtrace_print(pc, sp, ra);
    machine_finish(PANIC_STATUS);
    hart_halt();
}

/* The backtrace begins here. */
void report_panic(const char *message)
{
    uint64_t pc;
    uint64_t sp;
    report_begin();
    kprintf("\npanic: %s\n", message);
    report_where();
    asm("auipc %0, 0\n\tmv %1, sp" : "=&r"(pc), "=r"(sp));
    report_end(pc, sp, 0);
}

/* With the registers of the code that trapped. */
_Noreturn void report_kernel_trap(const struct trapframe *frame,
                                  const char *what, uint64_t value)
{
    report_begin();
    kprintf("\npanic: kernel trap: %s, address 0x%lx\n", what, value);
    report_where();
    report_registers(frame);
    report_end(frame->epc, frame->sp, frame->ra);
}

/* ---- programs ----------------------------------------------------------- */

/*
 * Whether a line about a killed program may be printed: 100 at once, then 20 a
 * second, so that a loop of fork and fault cannot flood the console.  Lines
 * left out are counted, and the next one that is printed says how many.
 */
static bool may_report(uint64_t *left_out)
{
    enum { BURST = 100, PER_SECOND = 20 };
    static struct spinlock lock = SPINLOCK_INIT("reports", RANK_KLOG);
    static uint64_t budget_end; // lines are paid for with time up to here
    static uint64_t dropped;
    uint64_t price = machine.timebase / PER_SECOND;
    spin_acquire(&lock);
    uint64_t now = time_now();
    budget_end = max_u64(budget_end, now) + price;
    bool may = budget_end - now <= BURST * price;
    *left_out = dropped;
    dropped = may ? 0 : dropped + 1;
    budget_end -= may ? 0 : price;
    spin_release(&lock);
    return may;
}

void report_kill(const struct trapframe *frame, uint64_t cause, const char *why,
                 uint64_t value)
{
    const struct proc *proc = proc_current();
    uint64_t left_out;
    assert(proc != NULL);
    if (!may_report(&left_out)) {
        return;
    }
    if (left_out != 0) {
        kprintf("%lu more programs were killed\n", left_out);
    }
    kprintf("%s: pid %d killed: %s%s%s, pc 0x%lx, %s 0x%lx\n", proc->name,
            proc->pid, report_cause(cause), *why == '\0' ? "" : ": ", why,
            frame->epc, cause == CAUSE_ILLEGAL ? "instruction" : "address",
            value);
}
