#pragma once

#include "api/limits.h"
#include "lib/base.h"

/*
 * Paths.  A relative one starts at the current directory of the process, or at
 * "/" where there is none.  All: 0, or -ENOENT, -ENOTDIR, -ENAMETOOLONG (a
 * name, or a path once links are put in), -ELOOP, -EIO, -ENOMEM, -EUCLEAN.
 * Sleeps: yes.
 */
struct inode;

/* What a path stands for, links followed; with a reference. */
int path_lookup(const char *path, struct inode **out);

/* The same, but a link at the end is not followed, unless a slash follows. */
int path_lookup_link(const char *path, struct inode **out);

/* What the path of a program stands for: a relative one is also tried from "/"
   and from "/bin". */
int path_lookup_program(const char *path, struct inode **out);

/* The directory that has, or would have, the last name of a path, with a
   reference, and that name.  "/" yields "." in itself. */
int path_parent(const char *path, struct inode **dir, char name[NAMEMAX + 1]);
