#pragma once

#include "lib/base.h"

/*
 * Orphans: inodes that have still to give up blocks, because their last name
 * is gone or they were made shorter.  They are on a list on the disk, so that
 * a crash loses nothing: the next mount goes on.
 */
struct inode;
struct op;

void orphan_init(void);

/* Enter an inode, whose block is part of the operation (inode_touch); it may
   be on the list already.  Changes one block besides. */
void orphan_add(struct op *op, struct inode *inode);

/* Take an inode off the list; its block is part of the operation.  Changes two
   blocks besides.  0, -EIO, -ENOMEM. */
int orphan_remove(struct op *op, struct inode *inode);

/* Forget an inode that will not be freed in this run. */
void orphan_forget(struct inode *inode);

/* Free what the last run has left; called when mounting.  A list that is
   damaged makes the file system read-only.  0, -EIO, -ENOMEM. */
int orphan_recover(void);
