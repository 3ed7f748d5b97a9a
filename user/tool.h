#pragma once

/*
 * Code that the tools share: operands, directory walks, and error messages.
 * Like the C library, it is in user/lib.
 */
#include <stdbool.h>
#include "kernel/stat.h"
#include "user/user.h"

/* Write all; 0, or -1 with `errno`.  If output to standard output was lost,
   that is reported when main returns, and the exit status is 1. */
int write_all(int fd, const void *bytes, int n);
bool output_failed(void);
int output_status(int status, char *const *argv);

/* "PROGRAM: WHAT: text of errno" on descriptor 2; returns 1. */
int complain(const char *program, const char *what);

/* Operands: input files; files with a destination; the last name of a path;
   options and signals of kill. */
int each_input(const char *program, char *const *names,
               int (*work)(int fd, const char *name));
int each_target(const char *program, int count, char *const *names,
                int (*work)(const char *from, const char *to));
const char *path_last(const char *path, int *length);
int kill_options(char *const *argv, int *status);

/* Walk through a directory tree of any depth.  Each directory becomes the
   current directory: `enter` is called for it, with all its entries; `down` for
   each entry, and returns whether to enter it; `leave` for each directory that
   the walk returns from. */
struct walk {
    const char *program; // program name for messages
    void (*enter)(const char *path, const struct dirent *list, size_t n);
    bool (*down)(const char *name);
    void (*leave)(const char *name);
};
int walk_directory(const char *top, const struct walk *calls);
void walk_complain(const char *name);
