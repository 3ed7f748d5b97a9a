#pragma once

#include <stdbool.h>
#include <stddef.h>
#include "api/fsformat.h"

/*
 * Reading an image that may be damaged: every number is checked before it is
 * followed, so no function here reads outside the image.
 */
struct view {
    const char *base;
    const struct fs_super *super; // valid by format_check_super
};

/* The contents of a block of the image. */
const void *view_block(const struct view *view, uint64_t block);

/* Inode `number`, which must exist in the image. */
const struct fs_inode *view_inode(const struct view *view, uint32_t number);

/* The block number of block `index` of a file, unchecked; 0 for a hole. */
uint32_t view_number(const struct view *view, const struct fs_inode *inode,
                     uint64_t index);

/* The contents of block `index` of a file; zeros for a hole or a bad number. */
const char *view_file(const struct view *view, const struct fs_inode *inode,
                      uint64_t index);

/* How many entries a directory has room for; and entry i. */
uint64_t view_entries(const struct view *view, const struct fs_inode *dir);
const struct fs_dirent *view_entry(const struct view *view,
                                   const struct fs_inode *dir, uint64_t i);

/* Process the log record that a head refers to; returns the result of
   format_record (disk/format.h).  The blocks it holds are copied to their
   places in `to`, the image itself, unless `to` is NULL. */
struct fs_log_head;
int64_t view_record(const struct view *view, const struct fs_log_head *head,
                    char *to);

/* The inode of a path, without following links; 0 if there is none. */
uint32_t view_find(const struct view *view, const char *path);
