#pragma once

#include "lib/base.h"

struct trapframe;

/* A system call's handler: arguments a0..a5; the result, or a negative
   errno.  Interrupts are on and no lock is held. */
typedef int64_t syscall_fn(const uint64_t args[6]);

/*
 * All system calls: sys_x handles number SYS_x (api/syscall.h).  First those of
 * processes, time and the machine (fork.c, exec.c, exit.c, sys_proc.c), then of
 * memory (sys_memory.c), of open files (sys_file.c), of paths (sys_name.c).
 */
#define SYSCALL_LIST(CALL)                                                     \
    CALL(fork), CALL(exec), CALL(exit), CALL(wait), CALL(getpid),              \
        CALL(getppid), CALL(setpgid), CALL(tcsetpgrp), CALL(kill),             \
        CALL(sleep), CALL(uptime), CALL(yield), CALL(hartid), CALL(poweroff),  \
        CALL(counters), CALL(bootarg), CALL(proclist), CALL(sbrk), CALL(mmap), \
        CALL(munmap), CALL(msync), CALL(pipe), CALL(read), CALL(write),        \
        CALL(lseek), CALL(close), CALL(fstat), CALL(ftruncate), CALL(fsync),   \
        CALL(sync), CALL(statfs), CALL(dup), CALL(dup2), CALL(open),           \
        CALL(chdir), CALL(mkdir), CALL(mknod), CALL(link), CALL(symlink),      \
        CALL(readlink), CALL(unlink), CALL(rmdir), CALL(rename),               \
        CALL(truncate), CALL(waitpid), CALL(time)

#define SYSCALL_HANDLER(name) sys_##name
syscall_fn SYSCALL_LIST(SYSCALL_HANDLER);

/* Run the call that the frame asks for; returns what goes to a0. */
int64_t syscall_dispatch(struct trapframe *frame);
