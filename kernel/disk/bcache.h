#pragma once

#include "lib/base.h"

/*
 * The block cache, which is the page cache: each cached disk block is a page
 * (PAGE_CACHE) that files, directories and address spaces use in place.
 */
struct page;
struct block_device;

/* Flags of a PAGE_CACHE page; lock RANK_BCACHE. */
#define BC_READING 0x01 // its bytes are being read
#define BC_FAILED  0x02 // they could not be read
#define BC_USED    0x04 // since the hand of bcache_reclaim passed
#define BC_CHANGED 0x08 // in the open transaction
#define BC_WRITING 0x10 // a new block that is being written: must not change
#define BC_FREED   0x20 // its block was freed: need not be written

/* Begin an empty cache of `dev`. */
void bcache_init(struct block_device *dev);

/* The page of a block, read in, with a reference for the caller (drop it with
   page_put).  0, -EIO or -ENOMEM.  Sleeps: yes. */
int bcache_get(uint64_t block, struct page **out);

/* bcache_get in two steps.  First what is cached, or NULL in *out: 0, -EIO.  If
   that is NULL, read the block, and with it those behind it: `count` together,
   at most BLOCK_RUN; fewer when one is cached or memory is short.
   Sleeps: yes. */
int bcache_find(uint64_t block, struct page **out);
int bcache_read(uint64_t block, size_t count, struct page **out);

/* The page of a block whose bytes on the disk do not matter: the cached one, or
   a new one, which holds zeros (`zeros`) or anything.  0 or -ENOMEM.
   Sleeps: yes. */
int bcache_get_blank(uint64_t block, bool zeros, struct page **out);

/* The page of a block if it is cached, without a reference: to be read only by
   a caller who knows that it is pinned. */
struct page *bcache_peek(uint64_t block);

/* Forget a block that was freed; who has its page keeps it. */
void bcache_forget(uint64_t block);

/* Before a page is changed: wait until it is not being written, then mark it as
   BC_CHANGED and pin it.  False when it was marked already.  Sleeps: yes. */
bool bcache_mark(struct page *page);

/* Change the flags of a pinned page, and wake those who wait for a change. */
void bcache_flags(struct page *page, uint8_t clear, uint8_t set);

/* Undo the pinning: the bytes are on the disk, or not needed. */
void bcache_unpin(struct page *page);

/* Free up to `want` pages that nobody uses, least recently used ones first;
   returns how many.  Sleeps: no. */
size_t bcache_reclaim(size_t want);

/* How many cached blocks are not pinned: their memory can be had again. */
size_t bcache_count_clean(void);
