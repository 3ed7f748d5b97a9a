#pragma once

/*
 * The system calls: number, name, what the handler is given (sys/syscall.h),
 * and arguments as docs/system-calls.md has them.  All that there is one of per
 * call is made from this list: the numbers SYS_name below, the kernel's table
 * and prototypes (sys/syscall), the stubs of programs (user/lib/stubs.S).
 *
 * The number is in a7 at the ecall, arguments in a0..a5, the result in a0.
 * 1-21 are those of xv6 for RISC-V; 22-63 stay free for exercises; ours start
 * at 64.  Sorted by number, so that SYS_COUNT follows the last one.  Assembly
 * includes this file, too.
 */
#define SYSCALL_LIST(CALL)                                                     \
    CALL(1, fork, ARGS, ())                                                    \
    CALL(2, exit, ARGS, (status))                                              \
    CALL(3, wait, ARGS, (&status))                                             \
    CALL(4, pipe, ARGS, (fds))                                                 \
    CALL(5, read, FILE, (fd, buffer, n))                                       \
    CALL(6, kill, ARGS, (pid))                                                 \
    CALL(7, exec, ARGS, (path, argv))                                          \
    CALL(8, fstat, FILE, (fd, stat))                                           \
    CALL(9, chdir, PATH, (path))                                               \
    CALL(10, dup, FILE, (fd))                                                  \
    CALL(11, getpid, ARGS, ())                                                 \
    CALL(12, sbrk, ARGS, (delta, how))                                         \
    CALL(13, sleep, ARGS, (ticks))                                             \
    CALL(14, uptime, ARGS, ())                                                 \
    CALL(15, open, PATH, (path, flags))                                        \
    CALL(16, write, FILE, (fd, buffer, n))                                     \
    CALL(17, mknod, PATH, (path, major, minor))                                \
    CALL(18, unlink, PATH, (path))                                             \
    CALL(19, link, PATHS, (old, new))                                          \
    CALL(20, mkdir, PATH, (path))                                              \
    CALL(21, close, ARGS, (fd))                                                \
    CALL(64, yield, ARGS, ())                                                  \
    CALL(65, poweroff, ARGS, (status))                                         \
    CALL(66, counters, ARGS, (list, count))                                    \
    CALL(67, setpgid, ARGS, (pid, pgid))                                       \
    CALL(68, tcsetpgrp, FILE, (fd, pgid))                                      \
    CALL(69, bootarg, ARGS, (name, buffer, size))                              \
    CALL(70, getppid, ARGS, ())                                                \
    CALL(71, dup2, FILE, (old, new))                                           \
    CALL(72, hartid, ARGS, ())                                                 \
    CALL(73, proclist, ARGS, (list, count))                                    \
    CALL(74, lseek, FILE, (fd, offset, from))                                  \
    CALL(75, fsync, FILE, (fd))                                                \
    CALL(76, sync, ARGS, ())                                                   \
    CALL(77, truncate, PATH, (path, size))                                     \
    CALL(78, ftruncate, FILE, (fd, size))                                      \
    CALL(79, rename, PATHS, (old, new))                                        \
    CALL(80, symlink, PATHS, (target, path))                                   \
    CALL(81, readlink, PATH, (path, buffer, n))                                \
    CALL(82, rmdir, PATH, (path))                                              \
    CALL(83, statfs, ARGS, (statfs))                                           \
    CALL(84, mmap, ARGS, (0, length, prot, flags, fd, offset))                 \
    CALL(85, munmap, ARGS, (address, length))                                  \
    CALL(86, msync, ARGS, (address, length))                                   \
    CALL(87, waitpid, ARGS, (pid, &status, flags))                             \
    CALL(88, time, ARGS, (&seconds))

#define SYS_pause SYS_sleep

#ifndef __ASSEMBLER__
#define SYSCALL_NUMBER(number, name, kind, arguments) SYS_##name = number,
enum { SYSCALL_LIST(SYSCALL_NUMBER) SYS_COUNT };
#else
#define SYSCALL_NUMBER(number, name, kind, arguments) .equ SYS_##name, number;
SYSCALL_LIST(SYSCALL_NUMBER)
#endif
