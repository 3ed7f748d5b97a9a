#pragma once

/*
 * What the tools have in common: reading operands, walking through directories,
 * telling errors.  user/lib holds it, like the C library.
 */
#include <stdbool.h>
#include "kernel/stat.h"
#include "user/user.h"

/* Write all; 0, or -1 with `errno`.  What could not be written or printed on
   standard output is told when main returns, and makes the exit status 1. */
int write_all(int fd, const void *bytes, int n);
bool output_failed(void);
int output_status(int status, char *const *argv);

/* "PROGRAM: WHAT: text of errno" on descriptor 2; returns 1. */
int complain(const char *program, const char *what);

/* Operands: files to read; files, and where they are to go; the last name in a
   path; options and signals of kill. */
int each_input(const char *program, char *const *names,
               int (*work)(int fd, const char *name));
int each_target(const char *program, int count, char *const *names,
                int (*work)(const char *from, const char *to));
const char *path_last(const char *path, int *length);
int kill_options(char *const *argv, int *status);

/* Walk through a directory and all in it, however deep.  In each directory,
   which is then the current directory: `enter` is told all of it; `down` of
   each name whether to go into that; `leave` the name of which the walk comes
   back. */
struct walk {
    const char *program; // whose name stands before messages
    void (*enter)(const char *path, const struct dirent *list, size_t n);
    bool (*down)(const char *name);
    void (*leave)(const char *name);
};
int walk_directory(const char *top, const struct walk *calls);
void walk_complain(const char *name);
