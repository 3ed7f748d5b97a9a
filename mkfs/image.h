#pragma once

#include <stdbool.h>
#include <stddef.h>
#include "api/fsformat.h"

/*
 * Building a disk image in memory: mkfs maps a file there, tests use ordinary
 * memory.  A function that fails stores the reason in image->fault.  It does
 * not undo its changes, so the image is then useless.
 */
struct image {
    char *base;             // the image, zero at first
    struct fs_super *super; // block 0 of it
    uint64_t mtime;         // of every inode
    uint64_t next_block;    // the first free one, in order
    uint32_t next_inode;
    const char *fault; // why a function failed
};

/* Begin an image of `blocks` blocks with an empty root directory. */
bool image_begin(struct image *image, void *base, uint64_t blocks,
                 uint64_t mtime);

/* An inode of the image. */
struct fs_inode *image_inode(const struct image *image, uint32_t number);

/* The inode of `name` in a directory; 0 if there is none. */
uint32_t image_find(const struct image *image, uint32_t dir, const char *name);

/* Create an empty inode and its name in a directory; returns its number, 0 on
   failure.  For FS_DEVICE the caller sets the device numbers. */
uint32_t image_create(struct image *image, uint32_t dir, const char *name,
                      enum fs_type type);

/* Add a name for an inode. */
bool image_link(struct image *image, uint32_t dir, const char *name,
                uint32_t number);

/* Write n bytes at `offset` of a file; skipped blocks become a hole. */
bool image_write(struct image *image, uint32_t number, uint64_t offset,
                 const void *bytes, size_t n);

/* Set the target of a symbolic link. */
bool image_set_target(struct image *image, uint32_t number, const char *target);

/* Finish the image; nothing may be added afterwards. */
void image_end(struct image *image);
