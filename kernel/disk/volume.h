#pragma once

#include "api/fsformat.h"
#include "lib/base.h"

/*
 * The volume: the disk that holds the file system, as far as its blocks go.
 */
struct block_device;
struct page;

struct volume {
    struct fs_super super;    // [i] checked; its list of orphans as it was
    struct block_device *dev; // [i]
    struct page *super_page;  // [i] block 0, pinned
    bool read_only;           // [i] once mounted: nothing may be changed
};

extern struct volume volume;

/* Open the volume on a device, with its log replayed, for changes if the device
   allows them.  0, -EIO, -ENOMEM, or -EUCLEAN with a message that says what is
   wrong.  Sleeps: yes. */
int volume_open(struct block_device *dev);

/* Bring the checksum of the superblock up to date: before it is written. */
void volume_seal(void);

/* Say why it cannot be opened; returns -EUCLEAN. */
int volume_refuse(const char *fault);

/* Say on the console what is wrong with inode `number`; returns -EUCLEAN. */
int volume_damaged(uint32_t number, const char *fault);
