#pragma once

#include "api/fsformat.h"

/*
 * Free space: which blocks (the bitmap) and which inodes are in use.  Changed
 * only inside of an operation.  Any call may return -EIO or -ENOMEM when a
 * block of these tables cannot be read.
 * Locks: all take alloc.lock, rank ALLOC.  Sleeps: yes.
 */
struct block_device;
struct op;

/* Open the volume on a device, with its log replayed, for changes if the device
   allows them.  0, -EIO, -ENOMEM, or -EUCLEAN with a message that says what is
   wrong. */
int alloc_open(struct block_device *dev);

/* Take a block, near `goal` if that is not 0; -ENOSPC, -EINTR when killed in a
   long search.  Changes one block of the bitmap. */
int alloc_block(struct op *op, uint64_t goal, uint32_t *out);

/* Give back what alloc_block returned in this very operation. */
void alloc_undo(uint32_t block);

/* log_begin for an operation that frees blocks.  When few more can be freed in
   the open transaction, that is committed first. */
int alloc_begin_free(struct op *op, uint32_t blocks);

/* Returned when the operation or its transaction may free no more: the caller
   goes on with another operation. */
#define BLOCKS_LEFT (-EAGAIN)

/* Free a block once this transaction is committed; changes a block of the
   bitmap, for which the operation must have room.  0, BLOCKS_LEFT, -EIO,
   -ENOMEM. */
int alloc_free(struct op *op, uint32_t block);

/* Take an inode: `disk` is written at its number.  -ENOSPC, -EUCLEAN.  Changes
   one block. */
int alloc_inode(struct op *op, const struct fs_inode *disk, uint32_t *out);

/* Make an inode free again.  Changes one block. */
int alloc_free_inode(struct op *op, uint32_t number);

/* How many blocks are free, or will be after the next commit; and how many
   inodes. */
void alloc_count(uint64_t *blocks, uint64_t *inodes);
