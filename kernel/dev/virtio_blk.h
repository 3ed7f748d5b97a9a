#pragma once

struct block_device;

/* The first virtio disk of the machine; 0, or -ENODEV when it has none.  Once;
   Sleeps: no. */
int virtio_blk_init(struct block_device **out);
