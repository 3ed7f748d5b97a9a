#pragma once

#include "lib/base.h"

/*
 * Directories: names to inodes.
 * All but dir_lookup: Locks: the caller holds the directory's.  Sleeps: yes.
 */
struct fs_dirent;
struct inode;
struct iobuf;
struct op;

/* The inode that `name` (`length` bytes; also "." and "..") stands for in a
   directory, with a reference.  0, -ENOENT, -ENOTDIR, -ENAMETOOLONG, -EINTR,
   -EIO, -ENOMEM, -EUCLEAN.  Locks: may take the directory's. */
int dir_lookup(struct inode *dir, const char *name, size_t length,
               struct inode **out);

/* Look up a name other than "." and "..", also for its slot. */
int dir_find_locked(struct inode *dir, const char *name, size_t length,
                    struct inode **out, uint32_t *slot);

/* 0 when a directory has no names, else -ENOTEMPTY, -EINTR, -EIO, -ENOMEM,
   -EUCLEAN. */
int dir_check_empty_locked(struct inode *dir);

/* Give a new directory a first block, so that it can be used on a full disk.
   Errors of blockmap_change, and -EFBIG. */
int dir_begin(struct op *op, struct inode *dir);

/* Add a name that is not there; changes 1 + 2 * BLOCK_ROOM blocks at most. */
int dir_insert(struct op *op, struct inode *dir, const char *name,
               uint32_t number);

/* Make the entry in a slot part of an operation, and return its place, to be
   changed while the operation is open.  Changes 1 + BLOCK_ROOM blocks. */
int dir_open_slot(struct op *op, struct inode *dir, uint32_t slot,
                  struct fs_dirent **place);

/* Let the entry at `place` stand for another inode, or with 0 be free.  It
   cannot fail. */
void dir_change(struct inode *dir, struct fs_dirent *place, uint32_t number);

/* Move records (struct dirent) into `buf`, from position *offset, which moves
   on; bytes moved, 0 at the end, -EINVAL when not one fits, or -EINTR, -EIO,
   -ENOMEM, -EUCLEAN. */
ssize_t dir_read_locked(struct inode *dir, uint64_t *offset, struct iobuf *buf);
