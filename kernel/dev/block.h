#pragma once

#include "lib/types.h"

/*
 * Block devices: 4096-byte blocks, read and written a run of pages at a time.
 * The RAM disk is one, virtio-blk another.
 */
struct page;
struct block_device;

struct block_ops {
    /*
     * Transfer `count` consecutive blocks from `block` on to or from
     * pages[0..count-1].  0, or -EIO.  The range has been checked by
     * block_read / block_write.  Sleeps: yes.
     */
    int (*read)(struct block_device *dev, uint64_t block,
                struct page *const *pages, size_t count);
    int (*write)(struct block_device *dev, uint64_t block,
                 struct page *const *pages, size_t count);
    int (*flush)(struct block_device *dev); // make earlier writes durable
};

struct block_device {
    const struct block_ops *ops; // [i]
    const char *name;            // [i]
    uint64_t blocks;             // [i] capacity, blocks
    int number;                  // [i] what stat reports as dev
    bool read_only;              // [i] every write would fail
};

/* Checked transfers: -EIO also when the range is not on the device. */
int block_read(struct block_device *dev, uint64_t block,
               struct page *const *pages, size_t count);
int block_write(struct block_device *dev, uint64_t block,
                struct page *const *pages, size_t count);
int block_flush(struct block_device *dev);
