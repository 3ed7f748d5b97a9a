#pragma once

struct block_device;

/* The first virtio disk of the machine; NULL when it has none.  Once;
   Sleeps: no. */
struct block_device *virtio_blk_init(void);
