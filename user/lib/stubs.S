/*
 * The system calls as functions, one line each.  By the calling convention the
 * arguments already stand in a0..a5, where the kernel wants them: a stub has
 * only to name the call.  A negative result is an error number, which
 * syscall_failed() moves to `errno`.
 */
#include "api/syscall.h"

.macro STUB name, number
        .globl  \name
        .type   \name, @function
\name:
        li      a7, \number
        ecall
        bltz    a0, 1f
        ret
1:      tail    syscall_failed
        .size   \name, . - \name
.endm

        .text
        STUB    fork, SYS_fork
        STUB    exit, SYS_exit
        STUB    wait, SYS_wait
        STUB    pipe, SYS_pipe
        STUB    read, SYS_read
        STUB    kill, SYS_kill
        STUB    exec, SYS_exec
        STUB    fstat, SYS_fstat
        STUB    chdir, SYS_chdir
        STUB    dup, SYS_dup
        STUB    getpid, SYS_getpid
        STUB    sys_sbrk, SYS_sbrk
        STUB    sleep, SYS_sleep
        STUB    pause, SYS_pause
        STUB    uptime, SYS_uptime
        STUB    open, SYS_open
        STUB    write, SYS_write
        STUB    mknod, SYS_mknod
        STUB    unlink, SYS_unlink
        STUB    link, SYS_link
        STUB    mkdir, SYS_mkdir
        STUB    close, SYS_close
        STUB    yield, SYS_yield
        STUB    poweroff, SYS_poweroff
        STUB    counters, SYS_counters
        STUB    setpgid, SYS_setpgid
        STUB    tcsetpgrp, SYS_tcsetpgrp
        STUB    bootarg, SYS_bootarg
        STUB    getppid, SYS_getppid
        STUB    dup2, SYS_dup2
        STUB    hartid, SYS_hartid
        STUB    proclist, SYS_proclist
        STUB    lseek, SYS_lseek
        STUB    fsync, SYS_fsync
        STUB    sync, SYS_sync
        STUB    truncate, SYS_truncate
        STUB    ftruncate, SYS_ftruncate
        STUB    rename, SYS_rename
        STUB    symlink, SYS_symlink
        STUB    readlink, SYS_readlink
        STUB    rmdir, SYS_rmdir
        STUB    statfs, SYS_statfs
        STUB    mmap, SYS_mmap
        STUB    munmap, SYS_munmap
        STUB    msync, SYS_msync
        STUB    waitpid, SYS_waitpid
        STUB    time, SYS_time
