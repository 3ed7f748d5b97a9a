#include "sys/exit.h"
#include "api/fcntl.h"
#include "dev/console.h"
#include "disk/log.h"
#include "fs/fdtable.h"
#include "fs/inode.h"
#include "vm/uaccess.h"
#include "mm/kstack.h"
#include "riscv/machine.h"
#include "sys/syscall.h"

/*
 * The end of a process and the parent's wait for it.
 *
 * First the dying process gives back, with interrupts on, what it may have to
 * sleep for: files, directory, memory.  Then its thread leaves the hart; the
 * next thread frees its stack and only then tells the parent (thread_reap,
 * proc_ended).
 */

_Noreturn void proc_poweroff(int status)
{
    log_finish();
    console_flush();
    lockstat_print();
    machine_poweroff(status);
}

_Noreturn void proc_exit(int status)
{
    assert_can_sleep();
    struct proc *self = proc_current();
    if (self->pid == PID_INIT) {
        kprintf("init has ended with status %d: powering off\n", status);
        proc_poweroff(status);
    }
    proc_leave(status);
    fdtable_put(self->files);
    self->files = NULL;
    inode_put(self->cwd);
    self->cwd = NULL;
    proc_set_space(NULL);
    check_ranks_below(RANK_NONE, "a process ends");
    thread_exit();
}

/* exit(status) */
int64_t sys_exit(const uint64_t args[6])
{
    proc_exit((int)args[0]);
}

/* Take a child that has ended and store its status at `to`, unless that is
   NULL: its pid, or 0 when none has ended yet.  The memory for the status is
   held first, so that a bad pointer loses no child. */
static int64_t wait_for(pid_t pid, vaddr_t to, bool waits)
{
    size_t size = to != 0 ? sizeof(int) : 0;
    struct iobuf status;
    int64_t result = iobuf_hold(&status, to, size, true);
    if (result != 0) {
        return result;
    }
    struct proc *child;
    result =
        status.length < size ? -EFAULT : proc_take_zombie(pid, waits, &child);
    if (result == 0) {
        check_that(child->ended);
        iobuf_put(&status, 0, &child->status, size);
        result = child->pid;
        proc_free(child);
    }
    iobuf_release(&status);
    kstack_trim();
    return result != CHILD_RUNS ? result : 0;
}

/* wait(&status) */
int64_t sys_wait(const uint64_t args[6])
{
    return wait_for(-1, args[0], true);
}

/* waitpid(pid, &status, flags): that child, or with -1 any.  -EINVAL */
int64_t sys_waitpid(const uint64_t args[6])
{
    pid_t pid = (pid_t)args[0];
    if (pid == 0 || pid < -1 || (args[2] & ~(uint64_t)WNOHANG) != 0) {
        return -EINVAL;
    }
    return wait_for(pid, args[1], args[2] == 0);
}
