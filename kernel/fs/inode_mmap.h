#pragma once

/* Mapping files into address spaces. */
struct inode;
struct pager_ops;

/* Of inode->pager. */
extern const struct pager_ops inode_pager_ops;

/* A file cannot be run and written through a mapping at the same time.  After
   making an area of one kind: 0, or -ETXTBSY when there is one of the other,
   and this one has to go. */
int inode_check_sharing(const struct inode *inode);
