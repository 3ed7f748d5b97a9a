#pragma once

#include "lib/base.h"

/*
 * Calls that change the tree of names.  Each is one operation of the log: whole
 * or not at all.  Besides what is listed: errors of path.h, and -EROFS,
 * -ENOSPC, -EIO, -ENOMEM, -EUCLEAN.  No lock may be held.  Sleeps: yes.
 */
struct fs_inode;
struct inode;

void tree_init(void);

/*
 * Make an inode of the type (and device numbers) in `disk`, and a name for it.
 * `target` is that of a symbolic link, else NULL.  `out`, if not NULL, gets a
 * reference to the inode, or with -EEXIST to the one that has the name (NULL
 * for "." and "..").  -ENOTDIR for a slash behind the name unless it is a
 * directory's.
 */
int tree_create(const char *path, const struct fs_inode *disk,
                const char *target, struct inode **out);

/* Add a name to a file.  -EPERM for a directory, -EEXIST, -EMLINK. */
int tree_link(const char *old_path, const char *new_path);

/* Remove a name; of a directory only if it is empty (-ENOTEMPTY), and with
   `directory` of nothing else (-ENOTDIR).  -EINVAL for "." and "..". */
int tree_unlink(const char *path, bool directory);

/* Give a file a new name, in place of the old one and of what had the new one.
   -EINVAL for a directory that would be in itself and for "." and "..",
   -ENOTEMPTY, -EISDIR, -ENOTDIR. */
int tree_rename(const char *old_path, const char *new_path);
