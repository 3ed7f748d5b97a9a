#pragma once

struct block_device;

/* Start the first virtio disk of the machine; NULL when it has none that works.
   Once, at boot.  Sleeps: no. */
struct block_device *virtio_blk_init(void);
