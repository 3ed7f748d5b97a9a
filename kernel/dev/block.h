#pragma once

#include "lib/base.h"

/*
 * Block devices: 4096-byte blocks, read and written a run of pages at a time.
 * The RAM disk is one, virtio-blk another.
 */
struct page;

#define BLOCK_RUN 30 // blocks in one request, at most

/* What a device can be asked for; the numbers are those of virtio. */
enum block_request { BLOCK_READ = 0, BLOCK_WRITE = 1, BLOCK_FLUSH = 4 };

struct block_device {
    /*
     * Transfer `count` consecutive blocks from `block` on to or from
     * pages[0..count-1], or, without any, make earlier writes durable.  0 or
     * -EIO.  The range has been checked by block_io.
     * Sleeps: yes.
     */
    int (*request)(enum block_request type, uint64_t block,
                   struct page *const *pages, size_t count); // [i]
    const char *name;                                        // [i]
    uint64_t blocks; // [i] capacity, blocks
    bool read_only;  // [i] every write would fail
};

/* BLOCK_READ or BLOCK_WRITE up to BLOCK_RUN blocks: -EIO also when the range is
   not on the device, or may not be written. */
int block_io(struct block_device *dev, enum block_request type, uint64_t block,
             struct page *const *pages, size_t count);

/* Make all writes that have returned durable: 0 or -EIO. */
int block_flush(struct block_device *dev);
