#pragma once

#include "lib/base.h"

/*
 * The name cache: the entries of directories in memory.
 * All: Locks: takes names.lock, rank NAMES; for those that have no `const`
 * directory, but names_reclaim, the caller holds the directory's lock, or has
 * the only reference.  Sleeps: no.
 */
struct fs_dirent;
struct inode;

/* Returned when not all that is asked for is in memory: the directory must be
   scanned first. */
#define NAMES_INCOMPLETE (-EAGAIN)

void names_init(void);

/* The inode of a name, with a reference.  0, -ENOENT, NAMES_INCOMPLETE. */
int names_find_inode(const struct inode *dir, const char *text, size_t length,
                     struct inode **out);

/* Where a name leads to, and where it is. */
struct name_place {
    uint32_t number; // of the inode; 0 for a free entry
    uint32_t slot;   // in the directory
};

/* The place of a name; of the free entry that is to be used next, for ""; of
   any name, for NULL.  0, -ENOENT, NAMES_INCOMPLETE. */
int names_find(struct inode *dir, const char *text, size_t length,
               struct name_place *out);

/* The entry that names_find finds for `text` is from now on `entry`. */
void names_change(struct inode *dir, const char *text,
                  const struct fs_dirent *entry);

/* Scanning: forget what there is, add each entry, then say that these are all.
   They stay until the next names_find, so that the scanner finds what it
   wanted.  names_add: 0, -ENOMEM, or -EUCLEAN when the name is there
   already. */
void names_forget(struct inode *dir);
int names_add(struct inode *dir, const struct fs_dirent *entry, uint64_t slot);
void names_complete(struct inode *dir);

/* Forget some names, of the directory scanned longest ago; false when there
   are none. */
bool names_reclaim(void);
