#include "sys/syscall.h"
#include "api/errno.h"
#include "api/syscall.h"
#include "riscv/trapframe.h"
#include "sys/exec.h"
#include "sys/exit.h"
#include "sys/fork.h"
#include "sys/sys_file.h"
#include "sys/sys_memory.h"
#include "sys/sys_name.h"
#include "sys/sys_proc.h"

/*
 * The table of system calls: the only doors into the kernel that a program can
 * open by itself.  docs/coming-from-xv6.md shows how to add one.
 */
static syscall_fn *const table[SYS_COUNT] = {
    [SYS_fork] = sys_fork,         [SYS_exit] = sys_exit,
    [SYS_wait] = sys_wait,         [SYS_pipe] = sys_pipe,
    [SYS_read] = sys_read,         [SYS_kill] = sys_kill,
    [SYS_exec] = sys_exec,         [SYS_fstat] = sys_fstat,
    [SYS_chdir] = sys_chdir,       [SYS_dup] = sys_dup,
    [SYS_getpid] = sys_getpid,     [SYS_sbrk] = sys_sbrk,
    [SYS_sleep] = sys_sleep,       [SYS_uptime] = sys_uptime,
    [SYS_open] = sys_open,         [SYS_write] = sys_write,
    [SYS_mknod] = sys_mknod,       [SYS_unlink] = sys_unlink,
    [SYS_link] = sys_link,         [SYS_mkdir] = sys_mkdir,
    [SYS_close] = sys_close,       [SYS_yield] = sys_yield,
    [SYS_poweroff] = sys_poweroff, [SYS_counters] = sys_counters,
    [SYS_setpgid] = sys_setpgid,   [SYS_tcsetpgrp] = sys_tcsetpgrp,
    [SYS_bootarg] = sys_bootarg,   [SYS_getppid] = sys_getppid,
    [SYS_dup2] = sys_dup2,         [SYS_hartid] = sys_hartid,
    [SYS_proclist] = sys_proclist, [SYS_lseek] = sys_lseek,
    [SYS_fsync] = sys_fsync,       [SYS_sync] = sys_sync,
    [SYS_truncate] = sys_truncate, [SYS_ftruncate] = sys_ftruncate,
    [SYS_rename] = sys_rename,     [SYS_symlink] = sys_symlink,
    [SYS_readlink] = sys_readlink, [SYS_rmdir] = sys_rmdir,
    [SYS_statfs] = sys_statfs,     [SYS_mmap] = sys_mmap,
    [SYS_munmap] = sys_munmap,     [SYS_msync] = sys_msync,
};

/* Number in a7, arguments in a0..a5. */
int64_t syscall_dispatch(struct trapframe *frame)
{
    uint64_t number = frame->a[7];
    if (number >= SYS_COUNT || table[number] == NULL) {
        return -ENOSYS;
    }
    return table[number](frame->a);
}

/* One text per number of api/errno.h. */
const char *error_text(int error)
{
#define ERRNO_CASE(name, number, text)                                         \
    case number:                                                               \
        return text;
    switch (-error) {
        ERRNO_LIST(ERRNO_CASE)
    default:
        return "unknown error";
    }
#undef ERRNO_CASE
}
