#include "fs/dir.h"
#include "api/stat.h"
#include "dev/clock.h"
#include "disk/format.h"
#include "disk/volume.h"
#include "fs/data.h"
#include "fs/fs.h"
#include "fs/inode.h"
#include "fs/names.h"
#include "lib/str.h"
#include "vm/uaccess.h"
#include "mm/page.h"
#include "proc/proc.h"

/*
 * Directories.
 *
 * On disk a directory is a file of 64-byte entries, in no order.  The first
 * lookup scans it and brings all of it into memory (fs/names.c), where names
 * and free entries are found at once.  Memory may run short and take them away
 * again at any time; then the directory is scanned once more.
 *
 * A lookup needs no lock as long as name and inode are in memory.  Otherwise it
 * holds the directory's lock from the entry to the inode, so that the file
 * cannot go in between and its number come back as another one.
 *
 * "." and ".." are made here; ".." is the parent that the inode names.  A
 * directory is entered only from that parent, so a damaged disk cannot lead a
 * walk in a circle.  One that was removed is dead: nothing is found in it, and
 * nothing can be added.
 *
 * Lock: the directory's own, over its entries.
 */

/* The entry at position `offset` on disk; 1, 0 at the end, or an error. */
static int dir_entry_on_disk(struct inode *dir, uint64_t offset,
                             struct fs_dirent *entry)
{
    if (offset >= dir->disk.size) {
        return 0;
    }
    if (thread_is_killed()) {
        return -EINTR; // a directory can be very large
    }
    struct page *page;
    int error = inode_page_locked(dir, offset / FS_BLOCK, &page);
    if (error != 0) {
        return error;
    }
    bool is_hole = page == fs.zeros;
    memcpy(entry, (char *)page_address(page) + offset % FS_BLOCK,
           sizeof(*entry));
    page_put(page);
    const char *fault = is_hole ? "hole in a directory"
                        : entry->inode != 0
                            ? format_check_dirent(&volume.super, entry)
                            : NULL;
    return fault == NULL ? 1 : volume_damaged(dir->number, fault);
}

/* Read the entry at position `offset`; 1, 0 at the end, or an error.  A free
   entry has inode 0. */
static int dir_entry(struct inode *dir, uint64_t offset,
                     struct fs_dirent *entry)
{
    uint64_t slot = offset / sizeof(*entry);
    if (slot >= 2) {
        return dir_entry_on_disk(dir, offset - 2 * sizeof(*entry), entry);
    }
    uint32_t number = slot == 0 ? dir->number : dir->disk.parent;
    *entry = (struct fs_dirent){number, ".."};
    entry->name[slot + 1] = '\0';
    return 1;
}

/*
 * Bring all entries of a directory into memory, in place of any that have been
 * left there; they stay until the caller looks at them.  0, -EIO, -ENOMEM,
 * -EINTR or -EUCLEAN.  Locks: the caller holds the directory's.  Sleeps: yes.
 */
static int dir_scan_locked(struct inode *dir)
{
    struct fs_dirent entry;
    uint64_t slot = 0;
    int got;
    names_forget(dir);
    do {
        got = dir_entry_on_disk(dir, slot * sizeof(entry), &entry);
        if (got > 0) {
            got = names_add(dir, &entry, slot++);
        }
    } while (got > 0);
    if (got == 0) {
        names_complete(dir);
    } else {
        names_forget(dir);
    }
    return got;
}

/* Get an inode that an entry on disk stands for: it must have names, and a
   directory just this one.  Lock: the directory's, so it has not changed. */
static int dir_enter(const struct inode *dir, uint32_t number,
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
    if (fault != NULL) {
        inode_abandon(*out);
        *out = NULL;
        return volume_damaged(number, fault);
    }
    return 0;
}

/*
 * Find a name, not "." or "..", in a directory, and get its inode, with a
 * reference.  Locks: the caller holds the directory's.  Sleeps: yes.
 */
int dir_find_locked(struct inode *dir, const char *name, size_t length,
                    struct inode **out, uint32_t *slot)
{
    uint32_t number;
    int error = names_find(dir, name, length, &number, slot);
    if (error == -EAGAIN) {
        error = dir_scan_locked(dir);
        if (error == 0) {
            error = names_find(dir, name, length, &number, slot);
        }
    }
    return error == 0 ? dir_enter(dir, number, out) : error;
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

/* Find what a name stands for; see dir.h. */
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
    int error = names_find_inode(dir, name, length, out);
    if (error == -EAGAIN) {
        sleeplock_acquire(&dir->lock);
        error = dir_find_locked(dir, name, length, out, &slot);
        sleeplock_release(&dir->lock);
    }
    return error;
}

int dir_check_empty_locked(struct inode *dir)
{
    int error = names_check_empty(dir);
    if (error == -EAGAIN) {
        error = dir_scan_locked(dir);
        if (error == 0) {
            error = names_check_empty(dir);
        }
    }
    return error;
}

/* ---- changing ----------------------------------------------------------- */

/* The entry at a slot, in the page with its block. */
static struct fs_dirent *entry_at(const struct page *page, uint32_t slot)
{
    struct fs_dirent *entries = page_address(page);
    return &entries[slot % FS_DIRENTS_PER_BLOCK];
}

/* Get ready to change the entry at a slot. */
int dir_open_slot(struct op *op, struct inode *dir, uint32_t slot,
                  struct page **out)
{
    int error = inode_touch(op, dir);
    return error == 0 ? inode_page_change(op, dir, slot / FS_DIRENTS_PER_BLOCK,
                                          false, out)
                      : error;
}

/* Note that a directory has changed. */
static void dir_changed(struct op *op, struct inode *dir)
{
    dir->disk.mtime = clock_wall();
    inode_update(op, dir);
}

/* Let an entry stand for another inode; with 0 it is a free one. */
void dir_change(struct op *op, struct inode *dir, uint32_t slot,
                const struct page *page, uint32_t number)
{
    struct fs_dirent *entry = entry_at(page, slot);
    names_change(dir, entry->name, number);
    entry->inode = number;
    if (number == 0) {
        memset(entry, 0, sizeof(*entry));
    }
    dir_changed(op, dir);
}

/* Make a directory longer by a block of free entries.  When memory is short,
   the next lookup scans it again. */
static int dir_extend(struct op *op, struct inode *dir)
{
    static const struct fs_dirent free_entry;
    struct page *page;
    uint64_t first = dir->disk.size / sizeof(struct fs_dirent);
    if (dir->disk.size + FS_BLOCK > FS_FILE_MAX) {
        return -EFBIG;
    }
    int error = dir_open_slot(op, dir, (uint32_t)first, &page);
    if (error != 0) {
        return error;
    }
    page_put(page);
    dir->disk.size += FS_BLOCK;
    dir_changed(op, dir);
    int got = 1;
    for (uint64_t i = 0; i < FS_DIRENTS_PER_BLOCK && got > 0; i++) {
        got = names_add(dir, &free_entry, first + i);
    }
    if (got < 0) {
        names_forget(dir);
    }
    return 0;
}

/* A new directory has no names yet, which need not be looked up. */
int dir_begin(struct op *op, struct inode *dir)
{
    names_complete(dir);
    return dir_extend(op, dir);
}

/* Find a free entry, in a block added for it when there is none. */
static int dir_find_free(struct op *op, struct inode *dir, uint32_t *slot)
{
    int error;
    int found;
    do {
        found = names_find_free(dir, slot);
        error = found == -EAGAIN   ? dir_scan_locked(dir)
                : found == -ENOENT ? dir_extend(op, dir)
                                   : 0;
    } while (error == 0 && found != 0);
    return error;
}

/* Add a name. */
int dir_insert(struct op *op, struct inode *dir, const char *name,
               uint32_t number)
{
    struct fs_dirent entry = {.inode = number};
    memcpy(entry.name, name, strnlen(name, NAMEMAX));
    struct page *page;
    uint32_t slot;
    int error = dir_find_free(op, dir, &slot);
    if (error == 0) {
        error = dir_open_slot(op, dir, slot, &page);
    }
    if (error == 0) {
        *entry_at(page, slot) = entry;
        page_put(page);
        names_use_free(dir, &entry);
        dir_changed(op, dir);
    }
    return error;
}

/* ---- reading ------------------------------------------------------------ */

/*
 * Move records of a directory into `buf`, from position *offset, which moves
 * on.  Returns bytes moved, 0 at the end, or -EINVAL when not one record fits,
 * -EIO, -ENOMEM, -EUCLEAN.  Locks: the caller holds the directory's.
 * Sleeps: yes.
 */
ssize_t dir_read_locked(struct inode *dir, uint64_t *offset, struct iobuf *buf)
{
    static_assert(sizeof(struct dirent) == sizeof(struct fs_dirent) &&
                      offsetof(struct dirent, name) ==
                          offsetof(struct fs_dirent, name),
                  "an entry on disk is a record");
    struct fs_dirent entry = {0};
    size_t done = 0;
    int got = buf->length < sizeof(entry) ? -EINVAL : 1;
    while (got > 0 && buf->length - done >= sizeof(entry)) {
        got = dir_entry(dir, *offset, &entry);
        *offset += got > 0 ? sizeof(entry) : 0;
        if (got > 0 && entry.inode != 0) {
            iobuf_put(buf, done, &entry, sizeof(entry));
            done += sizeof(entry);
        }
    }
    return done > 0 ? (ssize_t)done : got;
}
