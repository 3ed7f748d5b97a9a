#pragma once

#include "lib/base.h"

/*
 * Names of directories in memory.  -EAGAIN says that not all entries of the
 * directory are in memory: it must be scanned first.
 * All: Locks: takes names.lock, rank NAMES.  Sleeps: no.
 */
struct fs_dirent;
struct inode;

void names_init(void);

/* The inode of a name, with a reference, if that is in memory, too; -ENOENT,
   -EAGAIN. */
int names_find_inode(const struct inode *dir, const char *text, size_t length,
                     struct inode **out);

/* The inode number and the slot of a name; -ENOENT, -EAGAIN.  Locks, for this
   and all below but names_reclaim: the caller holds the directory's, unless
   nobody uses it. */
int names_find(struct inode *dir, const char *text, size_t length,
               uint32_t *number, uint32_t *slot);

/* 0 when a directory has no names; -ENOTEMPTY, -EAGAIN. */
int names_check_empty(struct inode *dir);

/* The slot of a free entry; -ENOENT, -EAGAIN. */
int names_find_free(struct inode *dir, uint32_t *slot);

/* Scanning: forget what there is, add each entry, then say that it is all;
   they stay until one of the three calls above, so that the scanner finds what
   it wanted.  names_add: 1, -ENOMEM, or -EUCLEAN when the name is there
   already. */
void names_forget(struct inode *dir);
int names_add(struct inode *dir, const struct fs_dirent *entry, uint64_t slot);
void names_complete(struct inode *dir);

/* From now on the entry found by names_find_free is this one. */
void names_use_free(struct inode *dir, const struct fs_dirent *entry);

/* A name stands for another inode from now on, or with 0 its entry is free. */
void names_change(struct inode *dir, const char *text, uint32_t number);

/* Forget some names, of the directory scanned longest ago; false when there
   are none. */
bool names_reclaim(void);
