#pragma once

#include "lib/types.h"

/*
 * Names of directories in memory.  -EAGAIN says that not all entries of the
 * directory are in memory: it must be scanned first.
 * All: Locks: takes names.lock, rank NAMES.  Sleeps: no.
 */
struct fs_dirent;
struct inode;
struct name;

void names_init(void);

/* The inode number and the slot of a name; -ENOENT, -EAGAIN. */
int names_find(const struct inode *dir, const char *text, size_t length,
               uint32_t *number, uint32_t *slot);

/* The inode of a name, with a reference, if that is in memory, too; -ENOENT,
   -EAGAIN. */
int names_find_inode(const struct inode *dir, const char *text, size_t length,
                     struct inode **out);

/* 0 when a directory has no names; -ENOTEMPTY, -EAGAIN. */
int names_check_empty(const struct inode *dir);

/* Scanning: forget what there is, add each entry, then say that it is all;
   they stay until names_unpin, so that the scanner finds what it wanted.
   names_add: 1, -ENOMEM, or -EUCLEAN when the name is there already. */
void names_forget(struct inode *dir);
int names_add(struct inode *dir, const struct fs_dirent *entry, uint64_t slot);
void names_complete(struct inode *dir);
void names_unpin(struct inode *dir);

/* Take a free entry out, *out is NULL when there is none; -EAGAIN.  Then put it
   back, as it is or as the name that it has become. */
int names_take_free(struct inode *dir, struct name **out);
void names_put_free(struct inode *dir, struct name *name);
void names_put_used(struct inode *dir, struct name *name,
                    const struct fs_dirent *entry);
uint32_t names_slot(const struct name *name);

/* A name stands for another inode, or its entry is free, from now on. */
void names_replace(const struct inode *dir, const char *text, uint32_t number);
void names_remove(struct inode *dir, const char *text);

/* Forget some names, of the directory scanned longest ago; false when there
   are none. */
bool names_reclaim(void);
