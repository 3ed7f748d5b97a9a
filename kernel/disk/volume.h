#pragma once

#include "api/fsformat.h"
#include "dev/block.h"

/*
 * The volume: the device that holds the mounted file system, and what its
 * superblock says.
 */
struct volume {
    struct fs_super super;    // [i] checked; counts and lists as when mounted
    struct block_device *dev; // [i]
    struct page *super_page;  // [i] block 0 in the cache, a reference
    bool read_only;           // [i] once mounted: nothing may be changed
};

extern struct volume volume;

/* Begin an empty cache of `dev` and read the superblock.  0, -EIO, -ENOMEM, or
   -EUCLEAN with a message that says what is wrong.  Sleeps: yes. */
int volume_open(struct block_device *dev);

/* Read the superblock again, after the log was replayed.  0, -EIO, or -EUCLEAN
   with a message.  Sleeps: yes. */
int volume_read_super(void);

/* Print why the volume cannot be mounted; returns -EUCLEAN. */
int volume_refuse(const char *fault);

/* Print what is wrong with inode `number`; returns -EUCLEAN. */
int volume_damaged(uint32_t number, const char *fault);
