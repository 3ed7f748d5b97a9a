#include "fs/fdtable.h"
#include "fs/inode.h"
#include "lib/str.h"
#include "vm/space.h"
#include "riscv/csr.h"
#include "riscv/tcb.h"
#include "sys/syscall.h"

/*
 * fork: a copy of the process.  All that can fail comes first, and the child
 * is started last; so a failure is undone by freeing what was made.
 */

/* The first code of a child: its frame is ready, so just go. */
static void child_begin(void *unused)
{
    (void)unused;
    userret();
}

/* Give the child the parent's registers, with 0 as fork's result, and its
   floating-point state, which may still be in the unit. */
static void copy_registers(struct thread *child)
{
    check_that(child->state == THREAD_NEW);
    struct trapframe *frame = trapframe_of(&child->tcb);
    *frame = *trapframe_of(tcb_self());
    frame->a[0] = 0;
    frame->kernel_tp = &child->tcb;

    struct tcb *self = tcb_self();
    if ((csr_read(sstatus) & SSTATUS_FS) == SSTATUS_FS_DIRTY) {
        fp_save(&self->fp); // a switch meanwhile saves, and loads, the same
    }
    child->tcb.fp_used = self->fp_used;
    child->tcb.fp = self->fp;
}

/* fork(): -ENOMEM */
int64_t sys_fork(NO_ARGS)
{
    struct proc *parent = proc_current();
    struct proc *child = proc_create(child_begin, NULL);
    if (child == NULL) {
        return -ENOMEM;
    }
    struct space *space = space_fork(parent->space);
    if (space == NULL || fdtable_copy(parent->files, &child->files) != 0) {
        if (space != NULL) {
            space_destroy(space);
        }
        proc_free(child);
        return -ENOMEM;
    }
    // commit: nothing below fails
    inode_ref(parent->cwd);
    child->cwd = parent->cwd;
    memcpy(child->name, parent->name, sizeof(child->name));
    copy_registers(child->thread);
    child->thread->tcb.may_use_reserve = parent->pid == PID_INIT;
    pid_t pid = child->pid; // the child may be gone before we return
    proc_start(child, space);
    return pid;
}
