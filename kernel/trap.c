#include "trap.h"
#include "mm/shootdown.h"
#include "vm/space.h"
#include "proc/proc.h"
#include "sched/sched.h"
#include "riscv/hart.h"
#include "riscv/machine.h"
#include "riscv/mmio.h"
#include "riscv/plic.h"
#include "report.h"
#include "sys/exit.h"
#include "sys/syscall.h"

/*
 * Traps: how the kernel keeps control.
 *
 * A program runs directly on the hart until one of three things traps: it asks
 * (ecall), it does something it may not do, or an interrupt, at the latest the
 * timer's, takes the hart away.  The hardware saves only pc, cause and
 * privilege; the vectors save the registers and call usertrap.  The way back
 * is usertrapret.
 *
 * Interrupts are off when a handler is entered.  They are turned on for work
 * on behalf of the program (system calls, page faults) once what the hardware
 * reports in registers has been read, because a nested trap overwrites it.
 */

/* Serve what other harts asked of this one. */
static void trap_soft(void)
{
    struct hart *hart = hart_self();
    csr_clear(sip, SIE_SSIE);
    io_fence();
    uint64_t asked = atomic_swap_full(&hart->ipi, 0);
    if ((asked & IPI_HALT) != 0) {
        hart_halt();
    }
    if ((asked & IPI_SHOOT) != 0) {
        shootdown_serve();
    }
    // IPI_RESCHED asks for no more than the trap: after it an idle hart looks
    // at its queue, and a killed thread, before user mode, at its work.
}

/* Handle an interrupt; false when `cause` is none.  Interrupts are off. */
static bool trap_interrupt(uint64_t cause)
{
    if (cause == CAUSE_TIMER) {
        sched_timer(time_now());
    } else if (cause == CAUSE_SOFT) {
        trap_soft();
    } else if (cause == CAUSE_EXTERNAL) {
        plic_interrupt();
    } else {
        return false;
    }
    return true;
}

/* End the program for what it did, with a line that says what that was; `value`
   is the instruction or address that caused it. */
static _Noreturn void trap_kill(const struct trapframe *frame, uint64_t cause,
                                const char *why, uint64_t value)
{
    report_kill(frame, cause, why, value);
    proc_exit(-1);
}

/*
 * A page fault: bring the page in, if the address is the program's and it
 * fails only because memory is filled as it is touched.
 */
static void trap_page_fault(const struct trapframe *frame, uint64_t cause,
                            uint64_t address)
{
    enum access access = cause == CAUSE_FETCH_PAGE   ? ACCESS_EXECUTE
                         : cause == CAUSE_STORE_PAGE ? ACCESS_WRITE
                                                     : ACCESS_READ;
    irq_on();
    int error = space_fault(space_self(), address, access);
    if (error != 0) {
        const char *why = error == -EFAULT
                              ? space_explain(space_self(), address)
                              : error_text(error);
        trap_kill(frame, cause, why, address);
    }
}

/*
 * An illegal instruction.  The floating-point unit is off until a program
 * first uses it, and that use comes here: turn it on, with zeros, and let the
 * instruction try again.  One that fails with the unit on is really illegal.
 */
static void trap_illegal(const struct trapframe *frame, uint64_t instruction)
{
    struct tcb *self = tcb_self();
    bool was_on = (csr_read(sstatus) & SSTATUS_FS) != 0;
    if (was_on || !machine.has_fp) {
        irq_on();
        trap_kill(frame, CAUSE_ILLEGAL, "", instruction);
    }
    csr_set(sstatus, SSTATUS_FS_CLEAN);
    self->fp = (struct fpstate){0};
    self->fp_used = true;
    fp_load(&self->fp);
    csr_clear(sstatus, SSTATUS_FS);
    csr_set(sstatus, SSTATUS_FS_CLEAN);
}

/* Anything but a system call. */
static SLOW_PATH void trap_other(struct trapframe *frame, uint64_t cause)
{
    uint64_t value = csr_read(stval);
    if (cause == CAUSE_FETCH_PAGE || cause == CAUSE_LOAD_PAGE ||
        cause == CAUSE_STORE_PAGE) {
        trap_page_fault(frame, cause, value);
    } else if (cause == CAUSE_ILLEGAL) {
        trap_illegal(frame, value);
    } else if (!trap_interrupt(cause)) {
        irq_on();
        trap_kill(frame, cause, "", value);
    }
}

/* A trap from user mode; the vector calls usertrapret afterwards.  Only exec
   changes the registers that a function call keeps: it does not return here. */
void usertrap(struct trapframe *frame)
{
    uint64_t cause = csr_read(scause);
    if (cause == CAUSE_ECALL_USER) {
        frame->epc += 4; // go on after the ecall
        irq_on();
        frame->a[0] = (uint64_t)syscall_dispatch(frame);
    } else {
        trap_other(frame, cause);
    }
}

/* List the processes, which may take long: with interrupts on, although the
   thread was asked for it in one. */
static SLOW_PATH void trap_list(struct thread *self)
{
    thread_clear_work(self, WORK_LIST);
    irq_on();
    proc_dump();
    irq_off();
}

/* Do what was asked of this thread while it was in the kernel.  Whoever ran in
   between may have left SPP set. */
static SLOW_PATH void trap_work(struct thread *self)
{
    do {
        if ((atomic_load_relaxed(&self->work) & WORK_LIST) != 0) {
            trap_list(self);
        }
        if (thread_is_killed()) {
            irq_on();
            proc_exit(-1);
        }
        thread_clear_work(self, WORK_RESCHED);
        sched_yield();
    } while (atomic_load_relaxed(&self->work) != 0);
    csr_clear(sstatus, SSTATUS_SPP);
}

/* Return from trap: interrupts off until sret, which drops to user mode
   (SPP = 0), where they are on whatever SIE says. */
void usertrapret(void)
{
    struct thread *self = thread_self();
    csr_clear(sstatus, SSTATUS_SIE | SSTATUS_SPP);
    if (atomic_load_relaxed(&self->work) != 0) {
        trap_work(self);
    }
}

/*
 * A trap from the kernel: an interrupt, after which another thread may be due,
 * or a bug.  A frame that is not where the stack ended is on the spare stack,
 * because the other is full.  Spinlocks keep interrupts off, so none is held
 * here and the thread can be switched.  The CSRs are this frame's until the
 * sret, whatever ran in between; but the floating-point state belongs to the
 * hart.
 */
void kerneltrap(struct trapframe *frame)
{
    uint64_t cause = csr_read(scause);
    if (frame->sp != (uint64_t)(frame + 1)) {
        report_kernel_trap(frame, "kernel stack overflow", frame->sp);
    }
    if (!trap_interrupt(cause)) {
        report_kernel_trap(frame, report_cause(cause), csr_read(stval));
    }
    struct thread *self = thread_self();
    if ((self->work & WORK_LIST) != 0) {
        trap_list(self);
    }
    if ((self->work & WORK_RESCHED) != 0 && !self->is_idle) {
        thread_clear_work(self, WORK_RESCHED);
        sched_yield();
    }
    uint64_t fs = csr_read(sstatus) & SSTATUS_FS;
    csr_write(sstatus, (frame->status & ~SSTATUS_FS) | fs);
    csr_write(sepc, frame->epc);
}
