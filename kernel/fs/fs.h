#pragma once

#include "api/fsformat.h"
#include "lib/types.h"

/*
 * The mounted file system: one, read-only for now.
 */
struct block_device;
struct inode;
struct page;

struct fs_mounted {
    struct fs_super super;    // [i] checked
    struct block_device *dev; // [i]
    struct inode *root;       // [i]
    struct page *zeros;       // [i] what a hole of a file reads as
};

extern struct fs_mounted fs;

/* Prepare the pools of the file system's objects; at boot, once. */
void fs_init(void);

/* Mount the file system of `dev` as "/".  0, -EIO, -ENOMEM, or -EUCLEAN with
   a message that says what is wrong. */
int fs_mount(struct block_device *dev);

/* The directory "/", with a reference for the caller. */
struct inode *fs_root(void);

/* Say on the console what is wrong with inode `number`; returns -EUCLEAN. */
int fs_damaged(uint32_t number, const char *fault);

/* Let go of inodes and names that are only kept for later, so that counts of
   objects show what is in use. */
void fs_trim(void);
