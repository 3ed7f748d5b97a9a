#pragma once

/*
 * The C library of Tether's user programs: system calls, strings, printing,
 * memory. A program that includes kernel/types.h first was written for xv6.  It
 * gets only xv6's names and types, so it compiles unchanged.
 */
#ifdef PROGRAM_FOR_XV6
#include "user/xv6.h"
#else

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include "user/calls.h"

/* Strings, as in C. */
size_t strlen(const char *s);
char *strcpy(char *dst, const char *src);
char *strchr(const char *s, int c);
char *strrchr(const char *s, int c);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t n);
void *memset(void *dst, int byte, size_t n);
void *memcpy(void *restrict dst, const void *restrict src, size_t n);
void *memmove(void *dst, const void *src, size_t n);
void *memchr(const void *s, int byte, size_t n);
int memcmp(const void *a, const void *b, size_t n);

/* Numbers.  atoi parses a leading decimal number; 0 if there is none. */
int atoi(const char *s);
long strtol(const char *s, char **end, int base);

/* Printing, as in C but without floating point, wide characters, and %n.  A
   call whose text fits in 512 bytes is one write. */
int printf(const char *format, ...) __attribute__((format(printf, 1, 2)));
int fprintf(int fd, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
int vfprintf(int fd, const char *format, va_list args);
int snprintf(char *dst, size_t size, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
int vsnprintf(char *dst, size_t size, const char *format, va_list args);
int puts(const char *s);
char *gets(char *buffer, int size); // a line, with its newline

/* Errors: the text of a number; print "WHAT: text of errno" on fd 2. */
const char *strerror(int number);
void perror(const char *what);

/* Options of a command line, as in POSIX. */
extern int optind;
extern char *optarg;
int getopt(int argc, char *const argv[], const char *letters);

void qsort(void *base, size_t count, size_t size,
           int (*compare)(const void *, const void *));

/* Heap.  NULL and ENOMEM when it cannot grow. */
void *malloc(size_t n);
void *calloc(size_t count, size_t size);
void *realloc(void *pointer, size_t n);
void free(void *pointer);

#endif

/* Calls of your own may be declared here, for programs of both kinds. */
