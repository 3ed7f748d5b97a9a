#pragma once

#include <stdbool.h>
#include <stddef.h>
#include "api/fsformat.h"

/*
 * Looking at an image that may be damaged: every number is checked before it
 * is followed, so no function here reads outside of the image.
 */
struct view {
    const char *base;
    const struct fs_super *super; // valid by format_check_super
};

/* The bytes of a block of the image. */
const void *view_block(const struct view *view, uint64_t block);

/* Inode `number`, which the image has. */
const struct fs_inode *view_inode(const struct view *view, uint32_t number);

/* The number of block `index` of a file, whatever it is; 0 for a hole. */
uint32_t view_number(const struct view *view, const struct fs_inode *inode,
                     uint64_t index);

/* Block `index` of a file; zeros for a hole or a bad block number. */
const char *view_file(const struct view *view, const struct fs_inode *inode,
                      uint64_t index);

/* How many entries a directory has room for, and entry i. */
uint64_t view_entries(const struct view *view, const struct fs_inode *dir);
const struct fs_dirent *view_entry(const struct view *view,
                                   const struct fs_inode *dir, uint64_t i);

/* Go through the record of the log that a head names; the result is that of
   format_record (disk/format.h).  What it holds is copied to its places in
   `to`, the image itself, unless that is NULL. */
struct fs_log_head;
int64_t view_record(const struct view *view, const struct fs_log_head *head,
                    char *to);

/* The inode of a path, links not followed; 0 when there is none. */
uint32_t view_find(const struct view *view, const char *path);
