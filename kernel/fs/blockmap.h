#pragma once

#include "lib/base.h"

/*
 * The block map: which blocks of the disk hold the contents of an inode.
 * All: Locks: the caller holds the inode's.  Sleeps: yes.
 */
struct inode;
struct op;
struct page;

/* The page that every hole reads as; nobody may write to it. */
extern struct page *blockmap_zeros; // [i] once mounted

/* The disk block that holds block `index` of a file; 0 for a hole, or -EIO,
   -ENOMEM, -EUCLEAN. */
int64_t blockmap_find(struct inode *inode, uint64_t index);

/* The page of block `index` of a file, for reading, with a reference; that of
   zeros for a hole.  0, -EIO, -ENOMEM, -EUCLEAN.  Locks: the caller may also
   share the inode's. */
int blockmap_read(struct inode *inode, uint64_t index, struct page **out);

/* The most blocks that blockmap_change changes: at each of three levels, which
   are the double-indirect block, an indirect block and the block itself, one of
   the bitmap and the one that names a new block. */
#define BLOCK_ROOM (3 * 2)

/* The page of block `index` of a file for writing, with a reference, as part of
   an operation.  A hole gets a block of zeros first; `whole`: the caller writes
   all of it, so it need not be read.  0, -ENOSPC, -EINTR, -EIO, -ENOMEM,
   -EUCLEAN. */
int blockmap_change(struct op *op, struct inode *inode, uint64_t index,
                    bool whole, struct page **out);

/* Blocks of an operation that blockmap_trim leaves to its caller, for the list
   of orphans. */
#define TRIM_KEEP 1

/* Free the blocks past the end of a file, as many as an operation may.  The
   caller calls inode_update.  0, BLOCKS_LEFT, -EIO, -ENOMEM. */
int blockmap_trim(struct op *op, struct inode *inode);
