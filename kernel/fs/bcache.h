#pragma once

#include "lib/types.h"

/*
 * The block cache, which is the page cache: each cached disk block is a page
 * (PAGE_CACHE) that files, directories and address spaces use in place.
 */
struct page;
struct block_device;

/* Cache blocks of `dev`; once, before anything else here. */
void bcache_init(struct block_device *dev);

/* The page of a block, read in, with a reference for the caller (let go with
   page_put).  0, -EIO or -ENOMEM.  Sleeps: yes. */
int bcache_get(uint64_t block, struct page **out);

/* Free up to `want` pages that nobody uses; how many were.  Sleeps: no. */
size_t bcache_reclaim(size_t want);

/* Pages that hold a block and can be had again: all cached ones. */
size_t bcache_count_clean(void);
