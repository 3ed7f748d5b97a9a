#include "fs/tree.h"
#include "disk/log.h"
#include "fs/dir.h"
#include "fs/entry.h"
#include "fs/fs.h"
#include "fs/inode.h"

/*
 * rename: one operation in which a file gets its new name, in place of what had
 * that before, and loses the old one.  A directory gets a new parent, too, and
 * may not move below itself: tree_rename_lock keeps the answer to that true.
 *
 * The order of locks is in fs/tree.c.
 */

/* Whether directory `upper` is `dir` or an ancestor of it: 1, 0, or an error.
   Locks: tree_rename_lock held, so nobody moves. */
static int is_above(const struct inode *upper, struct inode *dir)
{
    uint32_t number = dir->number;
    while (number != upper->number && number != FS_ROOT) {
        struct inode *at;
        int error = inode_get(number, &at);
        if (error != 0) {
            return error;
        }
        number = at->disk.parent;
        inode_put(at);
    }
    return number == upper->number;
}

/* Lock two directories in their order, or the one that both are; -ENOENT when
   one is dead. */
static int lock_dirs(struct inode *a, struct inode *b)
{
    if (a->disk.links == 0 || b->disk.links == 0) {
        return -ENOENT;
    }
    if (a == b) {
        sleeplock_acquire(&a->lock);
        return 0;
    }
    struct inode *low = a->number < b->number ? a : b;
    struct inode *high = low == a ? b : a;
    int above = is_above(high, low);
    if (above < 0) {
        return above;
    }
    sleeplock_acquire(above > 0 ? &high->lock : &low->lock);
    sleeplock_acquire_next(above > 0 ? &low->lock : &high->lock);
    return 0;
}

static void unlock_dirs(struct inode *a, struct inode *b)
{
    sleeplock_release(&a->lock);
    if (a != b) {
        sleeplock_release(&b->lock);
    }
}

/* Whether `from` may take the place of what has the new name.  1 when there is
   nothing to do, because both are the same file. */
static int check_rename(const struct entry *from, const struct entry *to)
{
    const struct inode *inode = from->inode;
    const struct inode *victim = to->inode;
    bool is_dir = inode_is_directory(inode);
    if ((from->slash || to->slash) && !is_dir) {
        return -ENOTDIR;
    }
    int above = is_dir ? is_above(inode, to->dir) : 0;
    if (above != 0) {
        return above > 0 ? -EINVAL : above;
    }
    if (victim == NULL) {
        return 0;
    }
    if (victim == inode) {
        return 1;
    }
    if (victim == from->dir) {
        return -ENOTEMPTY;
    }
    if (is_dir && !inode_is_directory(victim)) {
        return -ENOTDIR;
    }
    return !is_dir && inode_is_directory(victim) ? -EISDIR : 0;
}

/* Tell a directory who its parent is from now on; touched before. */
static void set_parent(struct op *op, struct inode *dir, uint32_t parent)
{
    sleeplock_acquire_next(&dir->lock);
    dir->disk.parent = parent;
    inode_update(op, dir);
    sleeplock_release(&dir->lock);
}

/* Rename, with both directories locked; 1 when there was nothing to do. */
static int rename_locked(struct op *op, struct entry *from, struct entry *to)
{
    int error = entry_find(from);
    if (error == 0) {
        error = entry_find(to);
        error = error == -ENOENT ? 0 : error; // it need not be there
    }
    if (error == 0) {
        error = check_rename(from, to);
    }
    bool moves =
        error == 0 && inode_is_directory(from->inode) && from->dir != to->dir;
    if (moves) {
        error = inode_touch(op, from->inode);
    }
    if (error == 0) {
        error = dir_open_slot(op, from->dir, from->slot, &from->page);
    }
    if (error == 0) {
        error = to->inode != NULL
                    ? entry_replace(op, to, from->inode->number)
                    : dir_insert(op, to->dir, to->name, from->inode->number);
    }
    if (error == 0) {
        dir_change(op, from->dir, from->slot, from->page, 0);
        if (moves) {
            set_parent(op, from->inode, to->dir->number);
        }
    }
    return error;
}

/* One attempt. */
static int rename_once(struct entry *from, struct entry *to)
{
    if (from->is_dots || to->is_dots) {
        return -EINVAL;
    }
    struct op op;
    int error = log_begin(&op, TREE_BLOCKS);
    if (error != 0) {
        return error;
    }
    sleeplock_acquire(&tree_rename_lock);
    error = lock_dirs(from->dir, to->dir);
    if (error == 0) {
        error = rename_locked(&op, from, to);
        unlock_dirs(from->dir, to->dir);
    }
    sleeplock_release(&tree_rename_lock);
    log_end(&op);
    return error > 0 ? 0 : error;
}

int tree_rename(const char *old_path, const char *new_path)
{
    bool tried = false;
    int error;
    do {
        struct entry from;
        struct entry to = {0};
        error = entry_walk(&from, old_path);
        if (error == 0) {
            error = entry_walk(&to, new_path);
        }
        if (error == 0) {
            error = rename_once(&from, &to);
        }
        entry_put(&from);
        entry_put(&to);
    } while (fs_try_again(error, &tried));
    return error;
}
