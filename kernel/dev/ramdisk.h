#pragma once

#include "lib/base.h"

/* The RAM disk: an image that the loader has put into memory. */
struct block_device;

/* Make a disk of the image at [start, end), which is not empty; NULL, with a
   message, when that is not a whole number of blocks.  Once, at boot. */
struct block_device *ramdisk_init(paddr_t start, paddr_t end);
