#include "mm/shootdown.h"
#include "vm/fault.h"
#include "vm/space.h"
#include "proc/proclist.h"
#include "proc/proc.h"
#include "sched/sched.h"
#include "riscv/hart.h"
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
 * privilege; the vectors (vectors.S) save the registers.
 *
 *     from a program     uservec, usertrap, usertrapret, back in uservec
 *     from the kernel    kernelvec, kerneltrap, back in kernelvec
 *
 * Another thread gets the hart at the end of a trap, in usertrapret or
 * kerneltrap, or within a system call that waits.
 *
 * Interrupts are off when a handler is entered.  They are turned on for work
 * on behalf of the program (system calls, page faults) once what the hardware
 * reports in registers has been read, because a nested trap overwrites it.
 */

void usertrap(struct trapframe *frame);   // called by uservec
void usertrapret(void);                   // by uservec, userret
void kerneltrap(struct trapframe *frame); // by kernelvec
static bool trap_interrupt(uint64_t cause);
static void trap_other(struct trapframe *frame, uint64_t cause);
static void trap_work(struct thread *self, uint32_t bits);

/*
 * A trap from user mode; the vector calls usertrapret afterwards.
 *
 * A system call's result goes to the program's a0 here.  That of exec does not:
 * sys_exec has filled the frame with the registers of the new program, whose a0
 * is argc, and does not return but calls userret (vectors.S).  That also loads
 * the registers that a function call preserves, which the way back from here
 * takes to be the program's own.
 */
void usertrap(struct trapframe *frame)
{
    uint64_t cause = csr_read(scause);
    check_that(frame == trapframe_of(tcb_self()));
    if (cause == CAUSE_ECALL_USER) {
        frame->epc += 4; // go on behind the ecall
        irq_on();
        frame->a[0] = (uint64_t)syscall_dispatch(frame->a);
    } else {
        trap_other(frame, cause);
    }
}

/* Return from trap, all but the registers: do what was asked of this thread
   meanwhile.  Interrupts stay off until sret, which drops to user mode (SPP is
   0), where they are on whatever SIE says.  Interrupts on or off. */
void usertrapret(void)
{
    struct thread *self = thread_self();
    csr_clear(sstatus, SSTATUS_SIE | SSTATUS_SPP);
    if (atomic_load_relaxed(&self->work) != 0) {
        trap_work(self, WORK_LIST | WORK_KILLED | WORK_RESCHED);
    }
    check_that(self->tcb.irq_depth == 0 && !self->is_idle);
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
    check_that(self->tcb.irq_depth == 0);
    check_that((frame->status & SSTATUS_SPP) != 0);
    if (atomic_load_relaxed(&self->work) != 0) {
        trap_work(self, WORK_LIST | (self->is_idle ? 0 : WORK_RESCHED));
    }
    uint64_t fs = csr_read(sstatus) & SSTATUS_FS;
    csr_write(sstatus, (frame->status & ~SSTATUS_FS) | fs);
    csr_write(sepc, frame->epc);
}

/* ---- what each cause leads to ------------------------------------------- */

/* Handle an interrupt; false when `cause` is none. */
static bool trap_interrupt(uint64_t cause)
{
    assert_irq_off();
    if (cause == CAUSE_TIMER) {
        sched_timer(time_now());
    } else if (cause == CAUSE_EXTERNAL) {
        plic_interrupt();
    } else if (cause == CAUSE_SOFT) {
        uint64_t requests = hart_take_requests();
        if ((requests & IPI_SHOOT) != 0) {
            shootdown_serve();
        }
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
    irq_on();
    check_that(proc_current() != NULL);
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
    enum access access = ACCESS_READ;
    if (cause == CAUSE_FETCH_PAGE) {
        access = ACCESS_EXECUTE;
    } else if (cause == CAUSE_STORE_PAGE) {
        access = ACCESS_WRITE;
    }
    irq_on();
    int error = space_fault(space_self(), address, access);
    if (error != 0) {
        const char *why = error == -EFAULT
                              ? space_explain(space_self(), address)
                              : error_text(error);
        trap_kill(frame, cause, why, address);
    }
}

/* Anything but a system call.  After an illegal instruction that was the first
   to use floating point, the unit is on, and the instruction is tried again. */
static SLOW_PATH void trap_other(struct trapframe *frame, uint64_t cause)
{
    uint64_t value = csr_read(stval);
    if (cause == CAUSE_FETCH_PAGE || cause == CAUSE_LOAD_PAGE ||
        cause == CAUSE_STORE_PAGE) {
        trap_page_fault(frame, cause, value);
    } else if (!trap_interrupt(cause) &&
               !(cause == CAUSE_ILLEGAL && fp_begin())) {
        trap_kill(frame, cause, "", value);
    }
}

/* Do what was asked of this thread meanwhile, as far as `bits` allow.  A thread
   that ran in between may have left SPP set. */
static SLOW_PATH void trap_work(struct thread *self, uint32_t bits)
{
    uint32_t work;
    assert_irq_off();
    while ((work = atomic_load_relaxed(&self->work) & bits) != 0) {
        thread_clear_work(self, work & ~WORK_KILLED);
        if ((work & WORK_LIST) != 0) {
            irq_on();
            proc_dump();
            irq_off();
        }
        if ((work & WORK_KILLED) != 0) {
            irq_on();
            proc_exit(-1);
        }
        if ((work & WORK_RESCHED) != 0) {
            sched_yield();
        }
    }
    csr_clear(sstatus, SSTATUS_SPP);
}
