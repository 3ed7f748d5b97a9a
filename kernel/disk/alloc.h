#pragma once

#include "api/fsformat.h"
#include "lib/base.h"

/*
 * What of the disk is in use: blocks (the bitmap) and inodes.  Changes only
 * inside of an operation; -EIO and -ENOMEM when a block of these tables cannot
 * be read.
 * All: Locks: takes alloc's, rank ALLOC.  Sleeps: yes.
 */
struct op;

/* Begin for the mounted file system. */
void alloc_init(void);

/* Take a block, near `goal` if that is not 0; -ENOSPC, -EINTR when killed in a
   long search.  Changes one block of the bitmap. */
int alloc_block(struct op *op, uint64_t goal, uint32_t *out);

/* Give back what alloc_block returned in this very operation. */
void alloc_undo(uint32_t block);

/* Free a block once this transaction is committed; changes a block of the
   bitmap, for which the operation must have room.  -EAGAIN when this
   transaction may free no more. */
int alloc_free(struct op *op, uint32_t block);

/* Whether an operation may free blocks before the next commit. */
bool alloc_can_free(void);

/* Take an inode: `disk` is entered at its number; -ENOSPC, -EUCLEAN.  Changes
   one block. */
int alloc_inode(struct op *op, const struct fs_inode *disk, uint32_t *out);

/* Make an inode free again.  Changes one block. */
int alloc_free_inode(struct op *op, uint32_t number);

/* Around the copying of a transaction (disk/log.c): let the bitmap say that
   freed blocks are free, and the superblock what is free, then hide the blocks
   again.  After its commit: let them be used.  Before: whether the superblock
   must be part of the transaction. */
bool alloc_before_copy(void);
void alloc_after_copy(void);
void alloc_committed(void);

/* Free blocks, with those that will be free after the next commit; and free
   inodes. */
void alloc_count(uint64_t *blocks, uint64_t *inodes);
