#pragma once

#include "fs/blockmap.h"

/*
 * Reading, writing and truncating files.  All of it may sleep.
 */
struct iobuf;

/* Length in bytes.  Locks: takes the inode's. */
uint64_t inode_size(struct inode *inode);

/* Move up to n bytes at `offset` of a file into `buf` at `at`.  How many there
   were, 0 past the end, or if the first cannot be read -EIO, -ENOMEM, -EUCLEAN.
   Locks: inode_read takes the inode's; for inode_read_locked the caller holds
   it, perhaps shared. */
ssize_t inode_read(struct inode *inode, uint64_t offset, struct iobuf *buf,
                   size_t at, size_t n);
ssize_t inode_read_locked(struct inode *inode, uint64_t offset,
                          struct iobuf *buf, size_t at, size_t n);

/* What inode_write_locked returns when the file has blocks past its end, so
   that it may not grow: inode_trim must be called first. */
#define TRIM_FIRST (-EBUSY)

/*
 * Blocks that an operation which writes to a file needs, besides one for each
 * block of the file: the inode (1), the block with the end of the file (1), the
 * double-indirect block and two indirect ones (3), blocks of the bitmap (13, or
 * the write is divided), and the room that the last block must still find.
 */
#define WRITE_ROOM (1 + 1 + 3 + 13 + BLOCK_ROOM)

/*
 * Write n bytes at `offset` of a file, from `buf` at `at`, as part of an
 * operation; fewer when that has no room for more.  How many, or -EFBIG,
 * -ETXTBSY, TRIM_FIRST and errors of blockmap_change.
 * Locks: the caller holds the inode's.
 */
ssize_t inode_write_locked(struct op *op, struct inode *inode, uint64_t offset,
                           const struct iobuf *buf, size_t at, size_t n);

/* Zero what a mapping may have stored past the end of a file: before the file
   grows, or its last block is written.  0, -EIO, -ENOMEM, -EUCLEAN.
   Locks: the caller holds the inode's. */
int inode_clear_tail(struct op *op, struct inode *inode);

/* Set the length of a regular file: 0, -EFBIG, -EROFS, -ETXTBSY, -EIO,
   -ENOMEM, -EUCLEAN.  No operation may be open. */
int inode_truncate(struct inode *inode, uint64_t size);

/* Free the blocks past a file's end, in as many operations as it takes; and an
   inode that is dying.  0, -EROFS, -EIO, -ENOMEM.  No operation may be open. */
int inode_trim(struct inode *inode);
