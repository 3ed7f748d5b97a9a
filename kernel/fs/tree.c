#include "fs/tree.h"
#include "dev/clock.h"
#include "disk/alloc.h"
#include "disk/log.h"
#include "fs/data.h"
#include "fs/dir.h"
#include "fs/entry.h"
#include "fs/fs.h"
#include "fs/inode.h"
#include "fs/path.h"
#include "lib/str.h"
#include "vm/uaccess.h"

/*
 * Changing the tree of names.
 *
 * Every call here follows the same steps: walk the path to the directory; open
 * an operation; lock; look again, since the directory may have changed or died
 * meanwhile; take all that may fail (pages, blocks, inodes); change.  What was
 * found is let go after the operation is closed, because the last reference to
 * a file without names frees it, in operations of its own.
 *
 * Order of locks: the operation; tree_rename_lock, when a name moves or a
 * directory goes; directories, an ancestor first, those that are none of each
 * other's by number; files.  With tree_rename_lock held no directory moves or
 * goes, so who is whose ancestor stays.
 */
struct sleeplock tree_rename_lock;

/* ---- create ------------------------------------------------------------- */

/* Write the target of a symbolic link. */
static int write_target(struct op *op, struct inode *inode, const char *target)
{
    struct iobuf buf;
    size_t length = strlen(target);
    iobuf_kernel(&buf, (char *)target, length);
    ssize_t n = inode_write_locked(op, inode, 0, &buf, 0, length);
    return n < 0 ? (int)n : 0;
}

/* Make the inode, whose block is part of the operation then, and its name.  An
   inode whose name cannot be made is an orphan, which entry_put frees. */
static int create_locked(struct op *op, struct entry *entry,
                         const struct fs_inode *disk, const char *target)
{
    uint32_t number;
    int error = entry_find_free(entry, disk->type == FS_DIRECTORY);
    if (error == 0) {
        error = alloc_inode(op, disk, &number);
    }
    if (error != 0) {
        return error;
    }
    error = inode_get(number, &entry->inode);
    if (error != 0) {
        alloc_free_inode(op, number);
        return error;
    }
    struct inode *inode = entry->inode;
    error = target != NULL              ? write_target(op, inode, target)
            : inode_is_directory(inode) ? dir_begin(op, inode)
                                        : 0;
    if (error == 0) {
        error = dir_insert(op, entry->dir, entry->name, number);
    }
    if (error != 0) {
        entry_drop_link(op, inode);
    }
    return error;
}

/* One attempt at making a name. */
static int create_once(struct entry *entry, const struct fs_inode *model,
                       const char *target)
{
    if (entry->is_dots) {
        return -EEXIST;
    }
    struct op op;
    struct fs_inode disk = *model;
    disk.links = 1;
    disk.mtime = clock_wall();
    disk.parent = disk.type == FS_DIRECTORY ? entry->dir->number : 0;
    disk.size = target != NULL ? strlen(target) : 0; // an empty link is no link
    int error = entry_begin(&op, entry, true);
    if (error != 0) {
        return error;
    }
    sleeplock_acquire(&entry->dir->lock);
    error = create_locked(&op, entry, &disk, target);
    sleeplock_release(&entry->dir->lock);
    log_end(&op);
    return error;
}

int tree_create(const char *path, const struct fs_inode *disk,
                const char *target, struct inode **out)
{
    struct entry entry;
    bool tried = false;
    int error;
    do {
        error = entry_walk(&entry, path);
        if (error == 0) {
            error = create_once(&entry, disk, target);
        }
        if (out != NULL && (error == 0 || error == -EEXIST)) {
            *out = entry.inode;
            entry.inode = NULL;
        }
        entry_put(&entry);
    } while (fs_try_again(error, &tried));
    return error;
}

/* ---- link --------------------------------------------------------------- */

/* Add a name for a file, with directory and file locked. */
static int link_locked(struct op *op, struct entry *entry, struct inode *inode)
{
    if (inode->disk.links == 0) {
        return -ENOENT;
    }
    if (inode->disk.links == UINT32_MAX) {
        return -EMLINK;
    }
    int error = inode_touch(op, inode);
    if (error == 0) {
        error = dir_insert(op, entry->dir, entry->name, inode->number);
    }
    if (error == 0) {
        inode->disk.links++;
        inode_update(op, inode);
    }
    return error;
}

/* One attempt at adding a name. */
static int link_once(struct entry *entry, struct inode *inode)
{
    if (inode_is_directory(inode)) {
        return -EPERM;
    }
    if (entry->is_dots) {
        return -EEXIST;
    }
    struct op op;
    int error = entry_begin(&op, entry, true);
    if (error != 0) {
        return error;
    }
    sleeplock_acquire(&entry->dir->lock);
    error = entry_find_free(entry, false);
    if (error == 0) {
        sleeplock_acquire(&inode->lock);
        error = link_locked(&op, entry, inode);
        sleeplock_release(&inode->lock);
    }
    sleeplock_release(&entry->dir->lock);
    log_end(&op);
    return error;
}

int tree_link(const char *old_path, const char *new_path)
{
    struct inode *inode;
    bool tried = false;
    int error = path_lookup(old_path, &inode);
    if (error != 0) {
        return error;
    }
    do {
        struct entry entry;
        error = entry_walk(&entry, new_path);
        if (error == 0) {
            error = link_once(&entry, inode);
        }
        entry_put(&entry);
    } while (fs_try_again(error, &tried));
    inode_put(inode);
    return error;
}

/* ---- unlink ------------------------------------------------------------- */

/* Remove a name, with the directory locked.  -EAGAIN when it stands for a
   directory, but tree_rename_lock is not held. */
static int unlink_locked(struct op *op, struct entry *entry, bool directory,
                         bool may_be_dir)
{
    int error = entry_find(entry);
    if (error != 0) {
        return error;
    }
    bool is_dir = inode_is_directory(entry->inode);
    if ((directory || entry->slash) && !is_dir) {
        return -ENOTDIR;
    }
    return is_dir && !may_be_dir ? -EAGAIN : entry_replace(op, entry, 0);
}

/* One attempt. */
static int unlink_once(struct entry *entry, bool directory, bool may_be_dir)
{
    if (entry->is_dots) {
        return -EINVAL;
    }
    struct op op;
    int error = entry_begin(&op, entry, false);
    if (error != 0) {
        return error;
    }
    if (may_be_dir) {
        sleeplock_acquire(&tree_rename_lock);
    }
    sleeplock_acquire(&entry->dir->lock);
    error = unlink_locked(&op, entry, directory, may_be_dir);
    sleeplock_release(&entry->dir->lock);
    if (may_be_dir) {
        sleeplock_release(&tree_rename_lock);
    }
    log_end(&op);
    return error;
}

int tree_unlink(const char *path, bool directory)
{
    bool may_be_dir = directory;
    int error;
    do {
        struct entry entry;
        error = entry_walk(&entry, path);
        if (error == 0) {
            error = unlink_once(&entry, directory, may_be_dir);
        }
        entry_put(&entry);
        may_be_dir = true;
    } while (error == -EAGAIN);
    return error;
}

/* Prepare the lock; before mounting. */
void tree_init(void)
{
    sleeplock_init(&tree_rename_lock, "rename", RANK_RENAME);
}
