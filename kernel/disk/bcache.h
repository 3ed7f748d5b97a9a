#pragma once

#include "lib/base.h"

/*
 * The block cache, which is the page cache: each cached disk block is a page
 * (PAGE_CACHE) that files, directories and address spaces use in place.
 */
struct page;
struct block_device;

/* Flags of a PAGE_CACHE page; lock RANK_BCACHE. */
#define BC_READING 0x01 // its bytes are on their way
#define BC_FAILED  0x02 // they did not come
#define BC_USED    0x04 // since reclaiming last came by
#define BC_LOGGED  0x08 // changed by the open transaction, goes to the log
#define BC_NEW     0x10 // of a block that the open transaction has allocated
#define BC_WRITING 0x20 // a new block that is being written: must not change
#define BC_FREED   0x40 // its block was freed: need not be written

/* Cache blocks of `dev`; once, before anything else here. */
void bcache_init(struct block_device *dev);

/* The page of a block, read in, with a reference for the caller (let go with
   page_put).  0, -EIO or -ENOMEM.  Sleeps: yes. */
int bcache_get(uint64_t block, struct page **out);

/* The same in two steps: what is cached, or NULL in *out; and if it was not,
   the block read in with those behind it, `count` together, at most BLOCK_RUN.
   Sleeps: yes. */
int bcache_find(uint64_t block, struct page **out);
int bcache_read(uint64_t block, size_t count, struct page **out);

/* The same for a block that will be written as a whole, or that is to be zeros:
   if it is not cached, its page is not read in, but zero (`zeros`) or anything.
   0 or -ENOMEM.  Sleeps: yes. */
int bcache_get_blank(uint64_t block, bool zeros, struct page **out);

/* The page of a block if it is cached, without a reference: only a caller who
   knows that it is pinned may look at it. */
struct page *bcache_peek(uint64_t block);

/* Forget a block that was freed; who has its page keeps it. */
void bcache_forget(uint64_t block);

/* Before a page is changed: wait until it is not being written, then mark it
   with `flag` (BC_LOGGED, BC_NEW) and pin it, unless it has one of these marks
   already.  Whether it was marked now.  Sleeps: yes. */
bool bcache_mark(struct page *page, uint8_t flag);

/* Change the flags of a pinned page; who waits for it looks again. */
void bcache_flags(struct page *page, uint8_t clear, uint8_t set);

/* Undo the pinning. */
void bcache_unpin(struct page *page);

/* Free up to `want` pages that nobody uses; how many were.  Sleeps: no. */
size_t bcache_reclaim(size_t want);

/* Pages that hold a block and can be had again: all but the pinned ones. */
size_t bcache_count_clean(void);
