#include "dev/block.h"

/*
 * Block devices: the checks that all of them share.
 *
 * A driver fills in a struct block_device.  Users go through the functions
 * here, so that no driver ever sees a block that its device does not have.
 */

/* Read or write `count` blocks from `block` on.  0 or -EIO.  Sleeps: yes. */
int block_io(struct block_device *dev, enum block_request type, uint64_t block,
             struct page *const *pages, size_t count)
{
    assert(count <= BLOCK_RUN);
    bool fits = block <= dev->blocks && count <= dev->blocks - block;
    bool may = type == BLOCK_READ || !dev->read_only;
    return fits && may ? dev->request(type, block, pages, count) : -EIO;
}

/* Make all writes that have returned durable.  0 or -EIO.  Sleeps: yes. */
int block_flush(struct block_device *dev)
{
    return dev->request(BLOCK_FLUSH, 0, NULL, 0);
}
