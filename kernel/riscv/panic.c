#include "lib/panic.h"
#include "lib/fmt.h"
#include "lib/klog.h"
#include "proc/proc.h"
#include "sched/thread.h"
#include "riscv/backtrace.h"
#include "riscv/hart.h"
#include "riscv/machine.h"

/*
 * The end: one report, then power off with status 101.  Where no device can
 * report that status, every hart stays halted: a firmware that is asked to shut
 * down would end an emulator with status 0, which means success.
 *
 * The first hart to panic wins; it stops the others, and one that panics at
 * the same time only stops itself.  The report takes no lock, because the lock
 * may be what is broken: messages go to the panic sink from then on.
 */
#define PANIC_STATUS 101

static uint64_t panicking; // [a] index + 1 of the hart that reports

/* In words. */
const char *cause_name(uint64_t cause)
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
static void stop_others(uint32_t self)
{
    for (uint32_t i = 0; i < hart_count; i++) {
        if (i != self && hart_is_online(&harts[i])) {
            hart_send(&harts[i], IPI_HALT);
        }
    }
    uint64_t deadline = time_now() + machine.timebase / 10;
    for (uint32_t i = 0; i < hart_count; i++) {
        while (i != self && hart_is_online(&harts[i]) &&
               time_now() < deadline) {
            hart_relax();
        }
    }
}

/* Become the hart that reports; a second one stops here.  Returns false when
   this hart was already reporting: the report itself has failed. */
static bool report_begin(void)
{
    irq_off();
    uint32_t mine = hart_index() + 1;
    if (atomic_change(&panicking, 0, mine)) {
        stop_others(mine - 1);
        klog_panic();
        return true;
    }
    if (atomic_load_relaxed(&panicking) != mine) {
        hart_halt();
    }
    return false;
}

/* The line that names who and where. */
static void report_where(void)
{
    const struct thread *self = thread_self();
    const struct proc *proc = self->proc;
    kprintf("hart %lu, thread %s, pid %d\n", hart_self()->id,
            proc != NULL ? proc->name : "kernel", proc != NULL ? proc->pid : 0);
}

/* After the report. */
static _Noreturn void end(void)
{
    machine_finish(PANIC_STATUS);
    hart_halt();
}

/* A broken kernel cannot go on; say so with the caller's message. */
_Noreturn void panic(const char *format, ...)
{
    if (report_begin()) {
        char text[200];
        va_list args;
        va_start(args, format);
        vsnprintf(text, sizeof(text), format, args);
        va_end(args);
        kprintf("\npanic: %s\n", text);
        report_where();
        struct backtrace here = {0};
        asm("auipc %0, 0\n\tmv %1, sp" : "=&r"(here.pc), "=r"(here.sp));
        backtrace_print(here);
    }
    end();
}

/* The same with the registers of the code that trapped. */
_Noreturn void panic_trap(const struct trapframe *frame, const char *what,
                          uint64_t value)
{
    if (report_begin()) {
        kprintf("\npanic: kernel trap: %s, address 0x%lx\n", what, value);
        report_where();
        report_registers(frame);
        backtrace_print(backtrace_of(frame));
    }
    end();
}

/* Stop: interrupts stay off, so nothing wakes this hart for long. */
_Noreturn void hart_halt(void)
{
    irq_off();
    atomic_store_release(&hart_self()->state, HART_LOST);
    for (;;) {
        csr_write(sie, 0);
        wait_for_interrupt();
    }
}
