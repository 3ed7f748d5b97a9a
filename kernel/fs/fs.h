#pragma once

#include "lib/base.h"

/*
 * The file system as a whole: the one that is mounted as "/".
 */
struct block_device;
struct inode;
struct statfs;

/* Prepare the pools of the file system's objects; at boot, once. */
void fs_init(void);

/* Mount the file system of `dev`.  0, -EIO, -ENOMEM, or -EUCLEAN with a message
   that says what is wrong.  Sleeps: yes. */
int fs_mount(struct block_device *dev);

/* The directory "/", with a reference for the caller. */
struct inode *fs_root(void);

/* Make all changes durable.  0, or -EIO when that failed.  Sleeps: yes. */
int fs_sync(void);

/* Counts of the file system.  Sleeps: yes. */
void fs_stat(struct statfs *out);

/* Free inodes and names that are only kept for later, so that counts of objects
   show what is in use. */
void fs_trim(void);
