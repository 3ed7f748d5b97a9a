#pragma once

#include "lib/base.h"

/*
 * The name cache: the entries of directories in memory.
 * All: Locks: takes dcache.lock, rank DCACHE; for those that have no `const`
 * directory, but dcache_reclaim, the caller holds the directory's lock, or has
 * the only reference.  Sleeps: no.
 */
struct fs_dirent;
struct inode;

/* Returned when not all that is asked for is in memory: the directory must be
   scanned first. */
#define DCACHE_INCOMPLETE (-EAGAIN)

void dcache_init(void);

/* The inode of a name, with a reference.  0, -ENOENT, DCACHE_INCOMPLETE. */
int dcache_find_inode(const struct inode *dir, const char *text, size_t length,
                      struct inode **out);

/* Where a name leads to, and where it is. */
struct dcache_place {
    uint32_t number; // of the inode; 0 for a free entry
    uint32_t slot;   // in the directory
};

/* The place of a name; of the free entry that is to be used next, for ""; of
   any name, for NULL.  0, -ENOENT, DCACHE_INCOMPLETE. */
int dcache_find(struct inode *dir, const char *text, size_t length,
                struct dcache_place *out);

/* The entry that dcache_find finds for `text` is from now on `entry`. */
void dcache_change(struct inode *dir, const char *text,
                   const struct fs_dirent *entry);

/* Scanning: forget what there is, add each entry, then say that these are all.
   They stay until the next dcache_find, so that the scanner finds what it
   wanted.  dcache_add: 0, -ENOMEM, or -EUCLEAN when the name is there
   already. */
void dcache_forget(struct inode *dir);
int dcache_add(struct inode *dir, const struct fs_dirent *entry, uint64_t slot);
void dcache_complete(struct inode *dir);

/* Forget some names, of the directory scanned longest ago; false when there
   are none. */
bool dcache_reclaim(void);
