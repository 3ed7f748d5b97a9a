#pragma once

#include "lib/base.h"

/* Directories: names to inodes. */
struct inode;
struct iobuf;
struct op;
struct page;

/* The inode that `name` (`length` bytes; also "." and "..") stands for in a
   directory, with a reference.  0, -ENOENT, -ENOTDIR, -ENAMETOOLONG, -EIO,
   -ENOMEM, -EUCLEAN.  Locks: may take the directory's.  Sleeps: yes. */
int dir_lookup(struct inode *dir, const char *name, size_t length,
               struct inode **out);

/* The same for a name other than "." and "..", and its slot.  Locks: the
   caller holds the directory's. */
int dir_find_locked(struct inode *dir, const char *name, size_t length,
                    struct inode **out, uint32_t *slot);

/* 0 when a directory has no names, else -ENOTEMPTY, or -EIO, -ENOMEM,
   -EUCLEAN.  Locks: the caller holds the directory's. */
int dir_check_empty_locked(struct inode *dir);

/*
 * Changes, as part of an operation; the caller holds the directory's lock.
 * dir_begin gives a new directory room, so that it can be used on a full disk;
 * dir_insert adds a name that is not there; errors of inode_page_change.
 * dir_change lets an entry stand for another inode, or with 0 for none; its
 * page is what dir_open_slot has returned, with a reference; it cannot fail.
 */
int dir_begin(struct op *op, struct inode *dir);
int dir_insert(struct op *op, struct inode *dir, const char *name,
               uint32_t number);
int dir_open_slot(struct op *op, struct inode *dir, uint32_t slot,
                  struct page **out);
void dir_change(struct op *op, struct inode *dir, uint32_t slot,
                const struct page *page, uint32_t number);

/* Move records (struct dirent) into `buf`, from position *offset, which moves
   on; bytes moved, 0 at the end, -EINVAL when not one fits, or -EIO, -ENOMEM,
   -EUCLEAN.  Locks: the caller holds the directory's.  Sleeps: yes. */
ssize_t dir_read_locked(struct inode *dir, uint64_t *offset, struct iobuf *buf);
