#pragma once

#include "lib/base.h"

/*
 * Block devices: 4096-byte blocks, read and written a run of pages at a time.
 * A driver (virtio-blk, the RAM disk) fills in a struct block_device.  Users go
 * through the functions below, so no driver sees a block that its device does
 * not have.
 */
struct page;

#define BLOCK_RUN 30 // blocks in one request, at most

/* What a device can be asked for; the numbers are those of virtio. */
enum block_request { BLOCK_READ = 0, BLOCK_WRITE = 1, BLOCK_FLUSH = 4 };

struct block_device {
    /*
     * Transfer `count` consecutive blocks from `block` on to or from
     * pages[0..count-1], or, for BLOCK_FLUSH, make earlier writes durable.
     * 0 or -EIO.  Sleeps: yes.
     */
    int (*request)(enum block_request type, uint64_t block,
                   struct page *const *pages, size_t count); // [i]
    const char *name;                                        // [i]
    uint64_t blocks; // [i] capacity, blocks
    bool read_only;  // [i] every write would fail
};

/* BLOCK_READ or BLOCK_WRITE: 0, or -EIO, also when the range is not on the
   device, or may not be written.  Sleeps: yes. */
static inline int block_io(struct block_device *dev, enum block_request type,
                           uint64_t block, struct page *const *pages,
                           size_t count)
{
    assert(count <= BLOCK_RUN);
    bool fits = block <= dev->blocks && count <= dev->blocks - block;
    bool may = type == BLOCK_READ || !dev->read_only;
    return fits && may ? dev->request(type, block, pages, count) : -EIO;
}

/* Make all writes that have returned durable: 0 or -EIO.  Sleeps: yes. */
static inline int block_flush(struct block_device *dev)
{
    return dev->request(BLOCK_FLUSH, 0, NULL, 0);
}
