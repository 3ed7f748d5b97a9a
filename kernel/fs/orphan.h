#pragma once

/*
 * Orphans: inodes that still have to give up blocks, because their last name
 * is gone or they were truncated.  They are on a list on the disk, so that a
 * crash loses no block: the next mount frees what is left.
 */
struct inode;
struct op;

void orphan_init(void);

/* What orphan_add and orphan_remove change besides the inode, whose block is
   part of the operation: the superblock, or the inode before it on the list. */
#define ORPHAN_ROOM 1

/* Put an inode on the list, unless it is there. */
void orphan_add(struct op *op, struct inode *inode);

/* Take an inode off the list.  0, -EIO, -ENOMEM. */
int orphan_remove(struct op *op, struct inode *inode);

/* Take an inode off the list in memory only: this run cannot free it. */
void orphan_forget(struct inode *inode);

/* Free what the last run has left; called when mounting.  If the list is
   damaged, the file system becomes read-only.  0, -EIO, -ENOMEM. */
int orphan_recover(void);
