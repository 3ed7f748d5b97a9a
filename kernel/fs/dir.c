#include "fs/dir.h"
#include "api/stat.h"
#include "dev/clock.h"
#include "disk/format.h"
#include "disk/volume.h"
#include "fs/blockmap.h"
#include "fs/inode.h"
#include "fs/dcache.h"
#include "lib/str.h"
#include "vm/uaccess.h"
#include "mm/page.h"
#include "proc/proc.h"

/*
 * Directories.
 *
 * On disk a directory is a file of 64-byte entries, in no order.  The first
 * lookup scans it and brings all of it into memory (fs/dcache.c), where names
 * and free entries are found at once.  When memory runs short they may be
 * dropped at any time; then the directory is scanned once more.
 *
 * A lookup needs no lock as long as name and inode are in memory.  Otherwise it
 * holds the directory's lock from the entry to the inode, so that the file
 * cannot be removed in between and its number come back as another one.
 *
 * "." and ".." are made here; ".." is the parent that the inode names.  A
 * directory is entered only from that parent, so a damaged disk cannot lead a
 * walk in a circle.  One that was removed is dead: nothing is found in it, and
 * nothing can be added.
 *
 * Lock: the directory's own, over its entries.
 */

/* ---- the entries on disk ------------------------------------------------ */

/* Read the entry in a slot, which the directory has.  0, -EINTR, -EIO, -ENOMEM,
   -EUCLEAN. */
static int dir_entry(struct inode *dir, uint64_t slot, struct fs_dirent *entry)
{
    if (thread_is_killed()) {
        return -EINTR; // a directory can be very large
    }
    struct page *page;
    int error = blockmap_read(dir, slot / FS_DIRENTS_PER_BLOCK, &page);
    if (error != 0) {
        return error;
    }
    const struct fs_dirent *entries = page_address(page);
    *entry = entries[slot % FS_DIRENTS_PER_BLOCK];
    const char *fault = NULL;
    if (page == blockmap_zeros) {
        fault = "hole in a directory";
    } else if (entry->inode != 0) {
        fault = format_check_dirent(&volume.super, entry);
    }
    page_put(page);
    return fault == NULL ? 0 : volume_damaged(dir->number, fault);
}

/* Slots of a directory, free ones counted. */
static uint64_t dir_slots(const struct inode *dir)
{
    return dir->disk.size / sizeof(struct fs_dirent);
}

/* Bring all entries of a directory into memory, in place of any that are left
   there; they stay until the next dcache_find. */
static int dir_scan_locked(struct inode *dir)
{
    struct fs_dirent entry;
    int error = 0;
    dcache_forget(dir);
    for (uint64_t i = 0; i < dir_slots(dir) && error == 0; i++) {
        error = dir_entry(dir, i, &entry);
        if (error == 0) {
            error = dcache_add(dir, &entry, i);
        }
    }
    if (error == 0) {
        dcache_complete(dir);
    } else {
        dcache_forget(dir);
    }
    return error;
}

/* ---- looking up --------------------------------------------------------- */

/* dcache_find, after a scan if need be. */
static inline int dir_search_locked(struct inode *dir, const char *name,
                                    size_t length, struct dcache_place *out)
{
    assert_owned(&dir->lock);
    int error = dcache_find(dir, name, length, out);
    if (error == DCACHE_INCOMPLETE) {
        error = dir_scan_locked(dir);
        if (error == 0) {
            error = dcache_find(dir, name, length, out);
        }
    }
    return error;
}

/* Get an inode that an entry on disk stands for: it must have names, and a
   directory just this one.  The lock of the directory keeps them. */
static int dir_enter_locked(const struct inode *dir, uint32_t number,
                            struct inode **out)
{
    int error = inode_get(number, out);
    if (error != 0) {
        return error;
    }
    const char *fault = NULL;
    if ((*out)->disk.links == 0) {
        fault = "no links, but a name";
    } else if (inode_is_directory(*out) &&
               ((*out)->disk.parent != dir->number || number == FS_ROOT)) {
        fault = "directory with a second name";
    }
    if (fault == NULL) {
        return 0;
    }
    inode_abandon(*out);
    *out = NULL;
    return volume_damaged(number, fault);
}

int dir_find_locked(struct inode *dir, const char *name, size_t length,
                    struct inode **out, uint32_t *slot)
{
    struct dcache_place found;
    int error = dir_search_locked(dir, name, length, &found);
    if (error != 0) {
        return error;
    }
    *slot = found.slot;
    return dir_enter_locked(dir, found.number, out);
}

int dir_check_empty_locked(struct inode *dir)
{
    struct dcache_place any;
    int error = dir_search_locked(dir, NULL, 0, &any);
    if (error == -ENOENT) {
        return 0;
    }
    return error == 0 ? -ENOTEMPTY : error;
}

/* Get a directory itself, or its parent; one that was removed has neither. */
static int dir_dots(struct inode *dir, bool parent, struct inode **out)
{
    sleeplock_acquire(&dir->lock);
    int error = dir->disk.links == 0
                    ? -ENOENT
                    : inode_get(parent ? dir->disk.parent : dir->number, out);
    sleeplock_release(&dir->lock);
    return error;
}

int dir_lookup(struct inode *dir, const char *name, size_t length,
               struct inode **out)
{
    if (!inode_is_directory(dir)) {
        return -ENOTDIR;
    }
    if (length > NAMEMAX) {
        return -ENAMETOOLONG;
    }
    if (name[0] == '.' && (length == 1 || (length == 2 && name[1] == '.'))) {
        return dir_dots(dir, length == 2, out);
    }
    uint32_t slot;
    int error = dcache_find_inode(dir, name, length, out);
    if (error == DCACHE_INCOMPLETE) {
        sleeplock_acquire(&dir->lock);
        error = dir_find_locked(dir, name, length, out, &slot);
        sleeplock_release(&dir->lock);
    }
    return error;
}

/* ---- changing ----------------------------------------------------------- */

/* The place stays valid without a reference to its page, because an open
   operation pins what it changes. */
int dir_open_slot(struct op *op, struct inode *dir, uint32_t slot,
                  struct fs_dirent **place)
{
    struct page *page;
    int error = inode_join(op, dir);
    if (error == 0) {
        error =
            blockmap_change(op, dir, slot / FS_DIRENTS_PER_BLOCK, false, &page);
    }
    if (error == 0) {
        *place = page_address(page);
        *place += slot % FS_DIRENTS_PER_BLOCK;
        page_put(page);
    }
    return error;
}

/* Update the inode of a directory that has changed. */
static void dir_changed(struct inode *dir)
{
    dir->disk.mtime = clock_wall();
    inode_update(dir);
}

void dir_change(struct inode *dir, struct fs_dirent *place, uint32_t number)
{
    place->inode = number;
    dcache_change(dir, place->name, place);
    if (number == 0) {
        memset(place, 0, sizeof(*place));
    }
    dir_changed(dir);
}

/* Make a directory longer by a block of free entries; the first one's slot.  If
   memory is too short for them, the next lookup scans the directory again. */
static int dir_extend(struct op *op, struct inode *dir, uint32_t *slot)
{
    static const struct fs_dirent free_entry;
    struct fs_dirent *place;
    if (dir->disk.size + FS_BLOCK > FS_FILE_MAX) {
        return -EFBIG;
    }
    *slot = (uint32_t)dir_slots(dir);
    int error = dir_open_slot(op, dir, *slot, &place);
    if (error != 0) {
        return error;
    }
    dir->disk.size += FS_BLOCK;
    dir_changed(dir);
    for (uint64_t i = *slot; i < dir_slots(dir) && error == 0; i++) {
        error = dcache_add(dir, &free_entry, i);
    }
    if (error != 0) {
        dcache_forget(dir);
    }
    return 0;
}

/* A new directory has no names yet, which need not be looked up. */
int dir_begin(struct op *op, struct inode *dir)
{
    uint32_t slot;
    assert(dir->disk.size == 0);
    dcache_complete(dir);
    return dir_extend(op, dir, &slot);
}

int dir_insert(struct op *op, struct inode *dir, const char *name,
               uint32_t number)
{
    struct fs_dirent *place;
    struct dcache_place free;
    int error = dir_search_locked(dir, "", 0, &free);
    if (error == -ENOENT) {
        error = dir_extend(op, dir, &free.slot);
    }
    if (error == 0) {
        error = dir_open_slot(op, dir, free.slot, &place);
    }
    if (error == 0) {
        *place = (struct fs_dirent){.inode = number};
        memcpy(place->name, name, strnlen(name, NAMEMAX));
        dcache_change(dir, "", place);
        dir_changed(dir);
    }
    return error;
}

/* ---- reading ------------------------------------------------------------ */

/* "." and ".." come before the entries on disk, which are records already. */
ssize_t dir_read_locked(struct inode *dir, uint64_t *offset, struct iobuf *buf)
{
    static_assert(sizeof(struct dirent) == sizeof(struct fs_dirent) &&
                      offsetof(struct dirent, name) ==
                          offsetof(struct fs_dirent, name),
                  "an entry on disk is a record");
    assert_owned(&dir->lock);
    struct fs_dirent entry;
    uint64_t end = (2 + dir_slots(dir)) * sizeof(entry);
    size_t done = 0;
    int error = 0;
    if (buf->length < sizeof(entry)) {
        return -EINVAL;
    }
    while (*offset < end && buf->length - done >= sizeof(entry)) {
        uint64_t index = *offset / sizeof(entry);
        if (index >= 2) {
            error = dir_entry(dir, index - 2, &entry);
        } else {
            entry = (struct fs_dirent){
                index == 0 ? dir->number : dir->disk.parent, ".."};
            entry.name[index + 1] = '\0';
        }
        if (error != 0) {
            break;
        }
        *offset += sizeof(entry);
        if (entry.inode != 0) {
            iobuf_put(buf, done, &entry, sizeof(entry));
            done += sizeof(entry);
        }
    }
    return done > 0 ? (ssize_t)done : error;
}
