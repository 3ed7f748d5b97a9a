#include "fs/entry.h"
#include "disk/log.h"
#include "disk/volume.h"
#include "fs/dir.h"
#include "fs/inode.h"
#include "fs/orphan.h"
#include "fs/path.h"
#include "lib/str.h"
#include "mm/page.h"

/*
 * What the calls that change names have in common; see fs/entry.h.
 */

/* Walk to the directory of a path's last name. */
int entry_walk(struct entry *entry, const char *path)
{
    *entry = (struct entry){0};
    size_t length = strlen(path);
    entry->slash = length > 0 && path[length - 1] == '/';
    int error = path_parent(path, &entry->dir, entry->name);
    entry->is_dots =
        strcmp(entry->name, ".") == 0 || strcmp(entry->name, "..") == 0;
    return error;
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
    if (entry->page != NULL) {
        page_put(entry->page);
    }
}

/* Open an operation, or find out what to report. */
int entry_begin(struct op *op, struct entry *entry, bool is_new)
{
    int error = log_begin(op, TREE_BLOCKS);
    if (error == 0) {
        return 0;
    }
    int found =
        dir_lookup(entry->dir, entry->name, strlen(entry->name), &entry->inode);
    if (is_new && found == 0) {
        return -EEXIST;
    }
    return found == 0 || (is_new && found == -ENOENT) ? error : found;
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
int entry_find_free(struct entry *entry, bool directory)
{
    int error = entry_find(entry);
    if (error == -ENOENT && entry->dir->disk.links > 0) {
        return entry->slash && !directory ? -ENOTDIR : 0;
    }
    return error == 0 ? -EEXIST : error;
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

/* Let a name stand for another inode, or for none. */
int entry_replace(struct op *op, struct entry *entry, uint32_t number)
{
    struct inode *old = entry->inode;
    int error = 0;
    if (inode_is_directory(old)) {
        sleeplock_acquire_next(&old->lock);
        error = dir_check_empty_locked(old);
    } else {
        sleeplock_acquire(&old->lock);
    }
    if (error == 0) {
        error = inode_touch(op, old);
    }
    if (error == 0) {
        error = dir_open_slot(op, entry->dir, entry->slot, &entry->page);
    }
    if (error == 0) {
        dir_change(op, entry->dir, entry->slot, entry->page, number);
        entry_drop_link(op, old);
    }
    sleeplock_release(&old->lock);
    return error;
}
