#pragma once

/*
 * The system calls.  Programs include user/user.h, which includes this file.
 */
#include <stddef.h>
#include <stdint.h>
#include "api/errno.h"
#include "api/fcntl.h"
#include "api/limits.h"

struct counter;
struct procinfo;
struct stat;
struct statfs;

/* The reason why the last system call failed: a number of api/errno.h.  The
   variable has another name underneath, so that a program may define its
   own. */
#undef errno // that of a host that runs a test
#define errno syscall_errno
extern int syscall_errno;

/* System calls.  Unless stated otherwise, they return -1 and set `errno` on
   failure. */

/* Processes. */
int fork(void); // child: 0; parent: its pid
int exit(int status) __attribute__((noreturn));
int wait(int *status);                        // pid of a child that ended
int waitpid(int pid, int *status, int flags); // -1: any; WNOHANG: 0 if not yet
int exec(const char *path, char *const argv[]);
int kill(int pid); // below -1: the process group -pid
int getpid(void);
int getppid(void);
int yield(void);                 // let another process run
int pause(int ticks);            // sleep; a tick is 0.1 s
int sleep(int ticks);            // the same as pause
unsigned uptime(void);           // ticks since boot
long time(long *seconds);        // since 1970; the pointer may be NULL
int setpgid(int pid, int pgid);  // 0: self; own pid
int tcsetpgrp(int fd, int pgid); // the group that ^C ends

/* Files. */
int open(const char *path, int flags);
int close(int fd);
int read(int fd, void *buffer, int n);
int write(int fd, const void *buffer, int n);
int dup(int fd);
int dup2(int fd, int onto);
int pipe(int fds[2]); // fds[0] reads, fds[1] writes
int fstat(int fd, struct stat *st);
int stat(const char *path, struct stat *st);
int lstat(const char *path, struct stat *st); // does not follow a link
int chdir(const char *path);
char *getcwd(char *buffer, size_t size); // the buffer, or NULL
int mkdir(const char *path);
int mknod(const char *path, short major, short minor);
int link(const char *old, const char *new);
int symlink(const char *target, const char *path);
int readlink(const char *path, char *buffer, int size); // no NUL at the end
int unlink(const char *path);                           // or an empty directory
int rmdir(const char *path);
int rename(const char *old, const char *new);
long lseek(int fd, long offset, int from); // SEEK_SET, SEEK_CUR, SEEK_END
int truncate(const char *path, long size);
int ftruncate(int fd, long size);
int fsync(int fd); // wait until the file is on the disk
int sync(void);    // wait until all files are
int statfs(struct statfs *counts);

/* Memory.  sbrk(n) moves the break and returns the old one; sbrk(n, SBRK_LAZY)
   does not charge for the pages.  Both return (char *)-1 on failure. */
#define SBRK_ERROR             ((char *)-1)
#define sbrk(...)              SBRK_PICK(__VA_ARGS__, SBRK_EAGER, 0)
#define SBRK_PICK(n, how, ...) sys_sbrk(n, how)
char *sys_sbrk(intptr_t n, int how);
char *sbrklazy(intptr_t n);

/* Map a file or zeros; returns the address, or MAP_FAILED.  Changes of a shared
   mapping reach the file after munmap or exit at the latest, and the disk after
   msync.  The given address is not used; there is no MAP_FIXED. */
#define MAP_FAILED ((void *)-1)
void *mmap(void *address, size_t length, int prot, int flags, int fd,
           long offset);
int munmap(void *address, size_t length);
int msync(void *address, size_t length);

/* The machine. */
int poweroff(int status);
int counters(struct counter *list, int count); // returns how many there are
int proclist(struct procinfo *list, int count);
struct procinfo *proclist_all(int *count);             // in a block from malloc
int bootarg(const char *name, char *buffer, int size); // length of the value
int hartid(void);
