#pragma once

#include "api/limits.h"
#include "lib/base.h"

/*
 * Paths.  A relative one starts at the current directory of the process, or at
 * "/" where there is none.  All: 0, or -ENOENT, -ENOTDIR, -ENAMETOOLONG (a
 * name, or a path once links are put in), -ELOOP, -EINTR, -EIO, -ENOMEM,
 * -EUCLEAN.
 * Sleeps: yes.
 */
struct inode;

/* The directory "/". */
extern struct inode *path_root; // [i] once mounted

/* What a path stands for, links followed; with a reference. */
int path_lookup(const char *path, struct inode **out);

/* What a path stands for, but a link at its end is not followed, unless the
   path ends in a slash. */
int path_lookup_link(const char *path, struct inode **out);

/* What the path of a program stands for: a relative one is also tried from "/"
   and from "/bin". */
int path_lookup_program(const char *path, struct inode **out);

/* The last name of a path. */
struct last_name {
    char text[NAMEMAX + 1]; // "." for the path "/"
    size_t length;
    bool slash; // one follows it
};

/* The directory that has, or would have, the last name of a path, with a
   reference, and that name. */
int path_parent(const char *path, struct inode **dir, struct last_name *last);
