#pragma once

#include "api/fsformat.h"
#include "lib/base.h"

/*
 * The mounted file system: one.
 */
struct block_device;
struct inode;
struct page;

struct fs_mounted {
    struct inode *root; // [i]
    struct page *zeros; // [i] what a hole of a file reads as
};

extern struct fs_mounted fs;

/* Prepare the pools of the file system's objects; at boot, once. */
void fs_init(void);

/* Mount the file system of `dev` as "/".  0, -EIO, -ENOMEM, or -EUCLEAN with
   a message that says what is wrong. */
int fs_mount(struct block_device *dev);

/* The directory "/", with a reference for the caller. */
struct inode *fs_root(void);

/* Make all changes durable.  0, or -EIO when that failed.  Sleeps: yes. */
int fs_sync(void);

/* Whether a call that failed for want of blocks or pages should be tried again,
   which is once: what had freed some was not committed, and is now. */
bool fs_try_again(int error, bool *tried);

/* Counts of the file system.  Sleeps: yes. */
struct statfs;
void fs_stat(struct statfs *out);

/* Let go of inodes and names that are only kept for later, so that counts of
   objects show what is in use. */
void fs_trim(void);
