#include "riscv/tcb.h"
#include "riscv/csr.h"
#include "riscv/machine.h"

/*
 * Floating point on demand.  A thread begins with the unit off, so its first
 * floating-point instruction is illegal and traps; usertrap then calls fp_begin
 * and the instruction is tried again.  Threads without floating point never pay
 * for saving its registers: the scheduler looks at fp_used and at the hart's
 * dirty bit (sstatus.FS, privileged architecture 20211203, section 3.1.6.6).
 */
bool fp_begin(void)
{
    struct tcb *self = tcb_self();
    assert_irq_off();
    if (!machine.has_fp || (csr_read(sstatus) & SSTATUS_FS) != 0) {
        return false;
    }
    csr_set(sstatus, SSTATUS_FS_CLEAN);
    self->fp = (struct fpstate){0};
    self->fp_used = true;
    fp_load(&self->fp);
    csr_clear(sstatus, SSTATUS_FS);
    csr_set(sstatus, SSTATUS_FS_CLEAN); // the load has made it dirty
    return true;
}
