#pragma once

/*
 * System-call numbers: in a7 at the ecall, arguments in a0..a5, result in a0.
 * 1-21 are those of xv6 for RISC-V; 22-63 stay free for exercises; ours start
 * at 64, and the next one is SYS_COUNT.  Also included by the assembly that
 * makes the user stubs.
 */

/* Processes. */
#define SYS_fork     1
#define SYS_exec     7
#define SYS_exit     2
#define SYS_wait     3
#define SYS_waitpid  87 // waitpid(pid, &status, flags)
#define SYS_kill     6
#define SYS_getpid   11
#define SYS_getppid  70
#define SYS_yield    64 // give up the hart
#define SYS_setpgid  67 // setpgid(pid, pgid)
#define SYS_proclist 73 // proclist(struct procinfo *, count)
#define SYS_hartid   72 // the hart this thread runs on, for tests

/* Memory and time. */
#define SYS_mmap   84 // mmap(0, length, prot, flags, fd, offset)
#define SYS_munmap 85 // munmap(address, length)
#define SYS_msync  86 // msync(address, length)
#define SYS_sbrk   12
#define SYS_uptime 14
#define SYS_time   88 // time(&seconds): since 1970
#define SYS_sleep  13
#define SYS_pause  SYS_sleep

/* Names in the file system. */
#define SYS_open     15
#define SYS_link     19
#define SYS_unlink   18
#define SYS_mkdir    20
#define SYS_mknod    17
#define SYS_chdir    9
#define SYS_rename   79 // rename(old, new)
#define SYS_symlink  80 // symlink(target, path)
#define SYS_readlink 81 // readlink(path, buffer, n)
#define SYS_rmdir    82 // rmdir(path)
#define SYS_truncate 77 // truncate(path, size)

/* Open files. */
#define SYS_read      5
#define SYS_write     16
#define SYS_close     21
#define SYS_dup       10
#define SYS_dup2      71 // dup2(old, new)
#define SYS_pipe      4
#define SYS_fstat     8
#define SYS_lseek     74 // lseek(fd, offset, from)
#define SYS_fsync     75 // fsync(fd)
#define SYS_ftruncate 78 // ftruncate(fd, size)
#define SYS_tcsetpgrp 68 // tcsetpgrp(fd, pgid): foreground group of a console

/* The machine. */
#define SYS_poweroff 65 // poweroff(status): end the machine
#define SYS_counters 66 // counters(struct counter *, count): resources held
#define SYS_sync     76 // sync()
#define SYS_statfs   83 // statfs(struct statfs *)
#define SYS_bootarg  69 // bootarg(name, buffer, size): a boot argument

#define SYS_COUNT 89 // one more than the highest number
