#include "fs/entry.h"
#include "api/errno.h"
#include "disk/log.h"
#include "disk/volume.h"
#include "fs/dir.h"
#include "fs/inode.h"
#include "fs/orphan.h"
#include "fs/path.h"
#include "lib/str.h"

/*
 * What the calls that change names have in common; see fs/entry.h.
 */

/* Walk to the directory of a path's last name. */
int entry_walk(struct entry *entry, const char *path)
{
    *entry = (struct entry){0};
    size_t length = strlen(path);
    entry->slash = length > 0 && path[length - 1] == '/';
    return path_parent(path, &entry->dir, entry->name);
}

/* Let go of what an entry refers to; after log_end. */
void entry_put(struct entry *entry)
{
    if (entry->inode != NULL) {
        inode_put(entry->inode);
    }
    if (entry->dir != NULL) {
        inode_put(entry->dir);
    }
}

/* Whether the name is "." or "..". */
bool entry_is_dots(const struct entry *entry)
{
    return strcmp(entry->name, ".") == 0 || strcmp(entry->name, "..") == 0;
}

/* Look the name up, with the directory locked; -ENOENT in a dead one. */
int entry_find(struct entry *entry)
{
    return entry->dir->disk.links == 0
               ? -ENOENT
               : dir_find_locked(entry->dir, entry->name, strlen(entry->name),
                                 &entry->inode, &entry->slot);
}

/* The same for a name that must not be there. */
int entry_find_free(struct entry *entry)
{
    if (entry->dir->disk.links == 0) {
        return -ENOENT;
    }
    int error = entry_find(entry);
    return error == 0 ? -EEXIST : error == -ENOENT ? 0 : error;
}

/* What a call reports that may change nothing: first what would be wrong in any
   case, a name that is there or one that is not. */
int entry_refused(struct entry *entry, int error, bool is_new)
{
    if (error != -EROFS || entry->dir == NULL) {
        return error;
    }
    int found =
        dir_lookup(entry->dir, entry->name, strlen(entry->name), &entry->inode);
    if (is_new && found == 0) {
        return -EEXIST;
    }
    return found == 0 || (is_new && found == -ENOENT) ? -EROFS : found;
}

/* Get ready to change the entry. */
int entry_open(struct op *op, struct entry *entry)
{
    return dir_open_slot(op, entry->dir, entry->slot, &entry->page);
}

/* Take a name from a file that is locked and touched. */
void entry_drop_link(struct op *op, struct inode *inode)
{
    if (inode->disk.links == 0) {
        volume_damaged(inode->number, "more names than links");
        return;
    }
    inode->disk.links--;
    inode_update(op, inode);
    if (inode->disk.links == 0) {
        orphan_add(op, inode);
    }
}

/* Whether a call that failed with -ENOSPC should be tried once more: blocks
   are free as soon as what freed them is committed. */
bool entry_try_again(int error, bool *tried)
{
    bool again = error == -ENOSPC && !*tried;
    *tried = true;
    return again && log_settle() == 0;
}

/* Lock what a name stands for, after the directory. */
void entry_lock_child(struct inode *child)
{
    if (inode_is_directory(child)) {
        sleeplock_acquire_next(&child->lock);
    } else {
        sleeplock_acquire(&child->lock);
    }
}
