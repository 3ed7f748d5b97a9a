#pragma once

#include "api/fsformat.h"
#include "lib/base.h"

/*
 * The contents of files: reading (fs/data.c), changing (fs/change.c).  All of
 * these may sleep.
 */
struct inode;
struct iobuf;
struct op;
struct page;
struct pager_ops;

/* Length in bytes.  Locks: takes the inode's. */
uint64_t inode_size(struct inode *inode);

/* Move up to n bytes at `offset` of a file into `buf` at `at`; how many there
   were, 0 past the end, or -EIO, -ENOMEM, -EUCLEAN.  Locks: takes the inode's;
   _locked: the caller holds it. */
ssize_t inode_read(struct inode *inode, uint64_t offset, struct iobuf *buf,
                   size_t at, size_t n);
ssize_t inode_read_locked(struct inode *inode, uint64_t offset,
                          struct iobuf *buf, size_t at, size_t n);

/* The page with block `index` of a file, or the page of zeros for a hole, with
   a reference.  Locks: the caller holds the inode's. */
int inode_page_locked(struct inode *inode, uint64_t index, struct page **out);

/* What a block needs of an operation at most, and an inode that changes. */
#define WRITE_ROOM 24

/*
 * Write n bytes at `offset` of a regular file, from `buf` at `at`, as part of
 * an operation; fewer when it has no room for more (it should have WRITE_ROOM
 * and one for each block).  How many, or -EFBIG, -ENOSPC, -EIO, -ENOMEM,
 * -ETXTBSY, -EUCLEAN; -EAGAIN when inode_trim must be called first.
 * Locks: the caller holds the inode's.
 */
ssize_t inode_write_locked(struct op *op, struct inode *inode, uint64_t offset,
                           const struct iobuf *buf, size_t at, size_t n);

/* The page of block `index` of a file, which gets one if it has none, marked
   for being changed; zero when the block is new.  `whole`: all of it will be
   written.  Errors as above.  Locks: the caller holds the inode's. */
int inode_page_change(struct op *op, struct inode *inode, uint64_t index,
                      bool whole, struct page **out);

/* Change a page as a whole, for a shared mapping: make block `index` part of
   the operation and the file's time that of now.  *out, if not NULL, is the
   page, with a reference.  Errors as above.  Locks: the caller holds the
   inode's. */
int inode_share_page(struct op *op, struct inode *inode, uint64_t index,
                     struct page **out);

/* Set the length of a regular file: 0, -EFBIG, -EROFS, -ETXTBSY, -EIO,
   -ENOMEM.  No operation may be open. */
int inode_truncate(struct inode *inode, uint64_t size);

/* Free the blocks past a file's end, in bounded operations.  0, -EROFS, -EIO,
   -ENOMEM.  No operation may be open. */
int inode_trim(struct inode *inode);

/* Of inode->pager. */
extern const struct pager_ops data_pager_ops;

/* A file cannot be run and written through a mapping at the same time.  After
   making an area of one kind: 0, or -ETXTBSY when there is one of the other,
   and this one has to go. */
int inode_check_sharing(const struct inode *inode);

/* Inside of fs, the path to a block of a file: where in the inode the first
   block number stands, and the places to look up in the blocks on the way. */
struct block_path {
    uint32_t *from;
    int depth;         // blocks on the way: 0, 1 or 2
    uint32_t place[2]; // in each of them
};

/* The path to block `index`, which lies below FS_FILE_MAX. */
struct block_path data_path(struct fs_inode *disk, uint64_t index);
