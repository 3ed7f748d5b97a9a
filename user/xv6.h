#pragma once

/*
 * The contents of xv6's user/user.h, with xv6's types, for programs written for
 * xv6: user/user.h includes this file instead of its own declarations.  It adds
 * the calls of xv6's exercises that exist here.  All other names stay free,
 * because such a program may define them itself.
 */
struct stat;

/* Processes and time. */
int fork(void);
int wait(int *status);
int exec(const char *path, char **argv);
int exit(int status) __attribute__((noreturn));
int getpid(void);
int kill(int pid);
int pause(int ticks); // a tick is 0.1 s
int sleep(int ticks);
int uptime(void);

/* Files. */
int open(const char *path, int flags);
int read(int fd, void *buffer, int n);
int write(int fd, const void *buffer, int n);
int close(int fd);
int dup(int fd);
int pipe(int *fds);
int fstat(int fd, struct stat *st);
int stat(const char *path, struct stat *st);
int mkdir(const char *path);
int mknod(const char *path, short major, short minor);
int chdir(const char *path);
int link(const char *old, const char *new);
int unlink(const char *path);
int symlink(const char *target, const char *path);
int lstat(const char *path, struct stat *st);

/* Memory.  sbrk(n, how) is sys_sbrk(n, how); 1 is SBRK_EAGER. */
#define SBRK_ERROR             ((char *)-1)
#define sbrk(...)              SBRK_PICK(__VA_ARGS__, 1, 0)
#define SBRK_PICK(n, how, ...) sys_sbrk(n, how)
char *sys_sbrk(int n, int how);
char *sbrklazy(int n);
void *mmap(void *address, uint64 length, int prot, int flags, int fd,
           long offset);
int munmap(void *address, uint64 length);
int msync(void *address, uint64 length);
void *malloc(uint n);
void free(void *pointer);

/* Strings and memory. */
uint strlen(const char *s);
int strcmp(const char *a, const char *b);
char *strcpy(char *dst, const char *src);
char *strchr(const char *s, char c);
int atoi(const char *s);
int memcmp(const void *a, const void *b, uint n);
void *memcpy(void *dst, const void *src, uint n);
void *memmove(void *dst, const void *src, int n);
void *memset(void *dst, int byte, uint n);

/* Input and output. */
char *gets(char *buffer, int max);
void printf(const char *format, ...) __attribute__((format(printf, 1, 2)));
void fprintf(int fd, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
