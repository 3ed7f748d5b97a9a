#include "dev/block.h"
#include "api/errno.h"
#include "lib/panic.h"

/*
 * Block devices: the checks that all of them share.
 *
 * A driver fills in a struct block_device.  Users go through the functions
 * here, so that no driver ever sees a block that its device does not have.
 */

/* Whether a device has blocks [block, block + count). */
static bool block_has(const struct block_device *dev, uint64_t block,
                      size_t count)
{
    assert(count <= BLOCK_RUN);
    return block <= dev->blocks && count <= dev->blocks - block;
}

/* Read `count` blocks from `block` on into pages.  0 or -EIO.  Sleeps: yes. */
int block_read(struct block_device *dev, uint64_t block,
               struct page *const *pages, size_t count)
{
    return block_has(dev, block, count)
               ? dev->request(BLOCK_READ, block, pages, count)
               : -EIO;
}

/* Write `count` blocks from `block` on out of pages.  0 or -EIO.
   Sleeps: yes. */
int block_write(struct block_device *dev, uint64_t block,
                struct page *const *pages, size_t count)
{
    return block_has(dev, block, count) && !dev->read_only
               ? dev->request(BLOCK_WRITE, block, pages, count)
               : -EIO;
}

/* Make all writes that have returned durable.  0 or -EIO.  Sleeps: yes. */
int block_flush(struct block_device *dev)
{
    return dev->request(BLOCK_FLUSH, 0, NULL, 0);
}
