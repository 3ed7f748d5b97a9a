#include "sys/fork.h"
#include "fs/files.h"
#include "fs/fs.h"
#include "fs/inode.h"
#include "lib/klog.h"
#include "lib/str.h"
#include "vm/space.h"
#include "riscv/csr.h"
#include "riscv/tcb.h"
#include "riscv/machine.h"
#include "sys/exec.h"
#include "sys/syscall.h"

/*
 * New processes.  fork makes everything that can fail first and lets the child
 * run last, so a failure is undone by giving back what was made.
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

/* fork(): what can fail can do so only for want of memory. */
int64_t sys_fork(const uint64_t args[6])
{
    (void)args;
    struct proc *parent = proc_current();
    struct proc *child = proc_create(parent);
    if (child == NULL) {
        return -ENOMEM;
    }
    struct thread *thread = NULL;
    child->space = space_fork(parent->space);
    if (child->space != NULL && files_copy(parent->files, &child->files) == 0) {
        thread = thread_create(child, child_begin, NULL);
    }
    if (thread == NULL) {
        if (child->files != NULL) {
            files_put(child->files);
        }
        if (child->space != NULL) {
            space_destroy(child->space);
        }
        proc_free(child);
        return -ENOMEM;
    }
    // commit: nothing below fails
    inode_ref(parent->cwd);
    child->cwd = parent->cwd;
    memcpy(child->name, parent->name, sizeof(child->name));
    copy_registers(thread);
    thread->tcb.may_use_reserve = parent->pid == PID_INIT;
    pid_t pid = child->pid; // the child may be gone before we return
    proc_start(child, thread);
    return pid;
}

/* The first code of init, and the first that may sleep: bring up what needs
   that, then become the program. */
static void init_begin(void *prepare)
{
    ((void (*)(void))prepare)();
    proc_current()->cwd = fs_root();
    int error = exec_init("/init");
    if (error < 0) {
        kprintf("cannot run /init: %s\n", error_text(error));
        machine_poweroff(1);
    }
    userret();
}

/* Make init out of nothing. */
void fork_init(void (*prepare)(void))
{
    struct proc *init = proc_create(NULL);
    struct thread *thread =
        init == NULL ? NULL : thread_create(init, init_begin, (void *)prepare);
    struct files *files = thread == NULL ? NULL : files_create();
    if (files == NULL) {
        panic("memory: none left for the first process");
    }
    str_copy(init->name, "init", sizeof(init->name));
    init->files = files;
    thread->tcb.may_use_reserve = true;
    proc_start(init, thread);
}
