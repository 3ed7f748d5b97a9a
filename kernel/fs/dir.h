#pragma once

#include "lib/types.h"

/* Directories: names to inodes. */
struct inode;
struct iobuf;

void dir_init(void);

/* The inode that `name` (`length` bytes; also "." and "..") stands for in a
   directory, with a reference.  0, -ENOENT, -ENOTDIR, -EIO, -ENOMEM, -EUCLEAN.
   Locks: may take the directory's.  Sleeps: yes. */
int dir_lookup(struct inode *dir, const char *name, size_t length,
               struct inode **out);

/* Move records (struct dirent) into `buf`, from position *offset, which moves
   on; bytes moved, 0 at the end, -EINVAL when not one fits, or as above.
   Locks: the caller holds the directory's.  Sleeps: yes. */
ssize_t dir_read_locked(struct inode *dir, uint64_t *offset, struct iobuf *buf);

/* Forget the names of a directory that nobody else can reach. */
void dir_forget(struct inode *dir);

/* Forget some names, of the directory scanned longest ago; false when there
   are none.  Sleeps: no. */
bool dir_reclaim(void);
