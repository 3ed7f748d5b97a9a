#include "fs/tree.h"
#include "dev/clock.h"
#include "disk/alloc.h"
#include "disk/log.h"
#include "disk/volume.h"
#include "fs/dir.h"
#include "fs/inode.h"
#include "fs/inode_io.h"
#include "fs/orphan.h"
#include "fs/path.h"
#include "lib/str.h"
#include "vm/uaccess.h"

/*
 * Changing the tree of names: create, link, unlink, rename.
 *
 * All four have one shape, which tree_change gives them:
 *
 *   a. walk the path, or both, to the directory that has the last name
 *   b. open an operation
 *   c. lock the directories
 *   d. look the names up: a directory may have changed, or been removed, since
 *   e. act: take all that may fail (pages, blocks, inodes), then change
 *   f. unlock, and close the operation
 *   g. drop the references, since the last one to a file without names frees
 *      it, in operations of its own
 *   h. if blocks or memory had run out: commit, and do it all once more
 *
 * Only e differs: each call has a function for it, `act`.
 *
 * Order of locks: the operation; tree_rename_lock, when a name moves or a
 * directory is removed; directories; files.  Two directories are locked only
 * with tree_rename_lock held, so their order does not matter; also, no
 * directory moves then, and the answer to which is below which stays true.
 */
static struct sleeplock tree_rename_lock;

/* The most blocks that a call changes: four inodes (of a file, of one that it
   replaces, of two directories), the list of orphans, and blocks of three
   entries or contents: an old name's, a new name's, and a block added for it or
   the contents of a new inode. */
#define TREE_ROOM (4 + ORPHAN_ROOM + 3 * BLOCK_ROOM)

/* Returned by the act of a call that removes a directory, but had not taken
   tree_rename_lock: it has to be done again with that lock. */
#define NEEDS_RENAME_LOCK (-EAGAIN)

/* A name that a call is about. */
struct entry {
    struct inode *dir; // has or would have the name, a reference, or NULL
    struct last_name name;
    struct inode *inode;     // what it stands for, a reference, or NULL
    uint32_t slot;           // where it is in the directory
    struct fs_dirent *place; // the same, once it is part of the operation
};

/* A call, and in what it differs from the others. */
struct tree_call {
    int (*act)(struct op *op, struct tree_call *call, struct entry *entry);
    const char *path;            // to the name
    const char *second_path;     // rename: to the new name, else NULL
    bool is_new;                 // the name must be free, else it must exist
    bool locks_rename;           // it takes tree_rename_lock
    bool only_directory;         // unlink: fail if it is anything else
    const struct fs_inode *disk; // create: the type of the new inode
    const char *target;          // create: of a symbolic link, or NULL
    struct inode **out;          // create: see tree_create; or NULL
    struct inode *inode;         // link: the file that gets the name
};

/* ---- what all have in common -------------------------------------------- */

/* Step a for one entry; nothing if there is no path. */
static int entry_walk(struct entry *entry, const char *path)
{
    entry->dir = NULL;
    entry->inode = NULL;
    return path != NULL ? path_parent(path, &entry->dir, &entry->name) : 0;
}

/* Whether the name is "." or "..", which stand in no directory. */
static bool entry_is_dots(const struct entry *entry)
{
    return entry->dir != NULL && (strcmp(entry->name.text, ".") == 0 ||
                                  strcmp(entry->name.text, "..") == 0);
}

/* Step d for one entry: 0, -ENOENT also in a removed directory, or an error of
   dir_find_locked.  `may_lack`: the name need not be there. */
static int entry_find_locked(struct entry *entry, bool may_lack)
{
    if (entry->dir->disk.links == 0) {
        return -ENOENT;
    }
    int error =
        dir_find_locked(entry->dir, entry->name.text, entry->name.length,
                        &entry->inode, &entry->slot);
    return error == -ENOENT && may_lack ? 0 : error;
}

/* Steps d and e.  If nothing may be changed (`refused`), say so only when
   nothing else is wrong. */
static int tree_find_and_act(struct op *op, struct tree_call *call,
                             struct entry *entry, int refused)
{
    int error = entry_find_locked(&entry[0], call->is_new);
    if (error == 0 && call->is_new && entry->inode != NULL) {
        error = -EEXIST;
    }
    if (error == 0 && entry[1].dir != NULL) {
        error = entry_find_locked(&entry[1], true);
    }
    if (error == 0) {
        error = refused;
    }
    return error == 0 ? call->act(op, call, entry) : error;
}

/* Steps b to f. */
static int tree_attempt(struct tree_call *call, struct entry *entry)
{
    struct op op;
    struct inode *dir = entry[0].dir;
    struct inode *second = entry[1].dir != dir ? entry[1].dir : NULL;
    assert(dir != NULL);
    int refused = log_begin(&op, TREE_ROOM);
    if (call->locks_rename) {
        sleeplock_acquire(&tree_rename_lock);
    }
    sleeplock_acquire(&dir->lock);
    if (second != NULL) {
        sleeplock_acquire_next(&second->lock);
    }
    int error = tree_find_and_act(&op, call, entry, refused);
    if (second != NULL) {
        sleeplock_release(&second->lock);
    }
    sleeplock_release(&dir->lock);
    if (call->locks_rename) {
        sleeplock_release(&tree_rename_lock);
    }
    if (refused == 0) {
        log_end(&op);
    }
    return error;
}

/* Step g for one entry. */
static void entry_put(struct entry *entry)
{
    inode_put(entry->inode);
    inode_put(entry->dir);
}

/* Steps a to g. */
static int tree_once(struct tree_call *call)
{
    struct entry entry[2];
    int error = entry_walk(&entry[0], call->path);
    int second = entry_walk(&entry[1], call->second_path);
    if (error == 0) {
        error = second;
    }
    if (error == 0 && call->inode != NULL && inode_is_directory(call->inode)) {
        error = -EPERM; // link: a directory has only one name
    } else if (error == 0 &&
               (entry_is_dots(&entry[0]) || entry_is_dots(&entry[1]))) {
        error = call->is_new ? -EEXIST : -EINVAL;
    } else if (error == 0) {
        error = tree_attempt(call, entry);
    }
    if (call->out != NULL && (error == 0 || error == -EEXIST)) {
        *call->out = entry->inode;
        entry->inode = NULL;
    }
    entry_put(&entry[0]);
    entry_put(&entry[1]);
    return error;
}

/* Make a call. */
static int tree_change(struct tree_call *call)
{
    bool tried = false;
    int error;
    do {
        error = tree_once(call);
        call->locks_rename |= error == NEEDS_RENAME_LOCK;
    } while (error == NEEDS_RENAME_LOCK || log_try_again(error, &tried));
    return error;
}

/* Take a name from an inode that is part of the operation. */
static void tree_drop_link_locked(struct op *op, struct inode *inode)
{
    assert_owned(&inode->lock);
    if (inode->disk.links == 0) {
        volume_damaged(inode->number, "more names than links");
        return;
    }
    inode->disk.links--;
    inode_update(inode);
    if (inode->disk.links == 0) {
        orphan_add(op, inode);
    }
}

/* Let a name stand for another inode, or with 0 be free.  The inode that it
   stood for loses it: a directory must be empty, or -ENOTEMPTY. */
static int entry_replace(struct op *op, struct entry *entry, uint32_t number)
{
    struct inode *old = entry->inode;
    sleeplock_acquire_next(&old->lock);
    int error = inode_is_directory(old) ? dir_check_empty_locked(old) : 0;
    if (error == 0) {
        error = inode_join(op, old);
    }
    if (error == 0) {
        error = dir_open_slot(op, entry->dir, entry->slot, &entry->place);
    }
    if (error == 0) {
        dir_change(entry->dir, entry->place, number);
        tree_drop_link_locked(op, old);
    }
    sleeplock_release(&old->lock);
    return error;
}

/* ---- create ------------------------------------------------------------- */

/* Give a new directory room, or a symbolic link its target. */
static int tree_fill_new(struct op *op, struct inode *inode, const char *target)
{
    if (inode_is_directory(inode)) {
        return dir_begin(op, inode);
    }
    if (target == NULL) {
        return 0;
    }
    struct iobuf buf;
    iobuf_kernel(&buf, (char *)target, inode->disk.size);
    ssize_t n = inode_write_locked(op, inode, 0, &buf, 0, inode->disk.size);
    return n < 0 ? (int)n : 0;
}

/* Make an inode, whose block is part of the operation then, and its name.  If
   the name cannot be made, the inode is an orphan, which step g frees. */
static int create_act(struct op *op, struct tree_call *call,
                      struct entry *entry)
{
    struct fs_inode disk = *call->disk;
    bool is_directory = disk.type == FS_DIRECTORY;
    uint32_t number;
    if (entry->name.slash && !is_directory) {
        return -ENOTDIR;
    }
    disk.links = 1;
    disk.mtime = clock_wall();
    disk.parent = is_directory ? entry->dir->number : 0;
    disk.size = call->target != NULL ? strlen(call->target) : 0;
    int error = alloc_inode(op, &disk, &number);
    if (error != 0) {
        return error;
    }
    error = inode_get(number, &entry->inode);
    if (error != 0) {
        alloc_free_inode(op, number);
        return error;
    }
    sleeplock_acquire_next(&entry->inode->lock); // nobody else knows it yet
    error = tree_fill_new(op, entry->inode, call->target);
    if (error == 0) {
        error = dir_insert(op, entry->dir, entry->name.text, number);
    }
    if (error != 0) {
        tree_drop_link_locked(op, entry->inode);
    }
    sleeplock_release(&entry->inode->lock);
    return error;
}

int tree_create(const char *path, const struct fs_inode *disk,
                const char *target, struct inode **out)
{
    struct tree_call call = {.act = create_act,
                             .path = path,
                             .is_new = true,
                             .disk = disk,
                             .target = target,
                             .out = out};
    return tree_change(&call);
}

/* ---- link --------------------------------------------------------------- */

/* Add a name to a file, which may have lost its last one meanwhile. */
static int link_act(struct op *op, struct tree_call *call, struct entry *entry)
{
    struct inode *inode = call->inode;
    int error = 0;
    if (entry->name.slash) {
        return -ENOTDIR;
    }
    sleeplock_acquire(&inode->lock);
    if (inode->disk.links == 0) {
        error = -ENOENT;
    } else if (inode->disk.links == UINT32_MAX) {
        error = -EMLINK;
    }
    if (error == 0) {
        error = inode_join(op, inode);
    }
    if (error == 0) {
        error = dir_insert(op, entry->dir, entry->name.text, inode->number);
    }
    if (error == 0) {
        inode->disk.links++;
        inode_update(inode);
    }
    sleeplock_release(&inode->lock);
    return error;
}

int tree_link(const char *old_path, const char *new_path)
{
    struct tree_call call = {.act = link_act, .path = new_path, .is_new = true};
    int error = path_lookup(old_path, &call.inode);
    if (error == 0) {
        error = tree_change(&call);
        inode_put(call.inode);
    }
    return error;
}

/* ---- unlink ------------------------------------------------------------- */

static int unlink_act(struct op *op, struct tree_call *call,
                      struct entry *entry)
{
    bool is_directory = inode_is_directory(entry->inode);
    if ((call->only_directory || entry->name.slash) && !is_directory) {
        return -ENOTDIR;
    }
    if (is_directory && !call->locks_rename) {
        return NEEDS_RENAME_LOCK;
    }
    return entry_replace(op, entry, 0);
}

int tree_unlink(const char *path, bool directory)
{
    struct tree_call call = {.act = unlink_act,
                             .path = path,
                             .locks_rename = directory,
                             .only_directory = directory};
    return tree_change(&call);
}

/* ---- rename ------------------------------------------------------------- */

/* Check that a directory `dir` is neither `moving` nor below it, or `moving`
   would come to be in itself: 0, -EINVAL, or an error of inode_get. */
static int rename_check_outside(const struct inode *moving,
                                const struct inode *dir)
{
    assert_owned(&tree_rename_lock);
    uint32_t number = dir->number;
    while (number != moving->number && number != FS_ROOT) {
        struct inode *at;
        int error = inode_get(number, &at);
        if (error != 0) {
            return error;
        }
        number = at->disk.parent;
        inode_put(at);
    }
    return number == moving->number ? -EINVAL : 0;
}

/* Check that one name may be replaced with the other. */
static int rename_check(const struct entry *from, const struct entry *to)
{
    const struct inode *victim = to->inode;
    bool is_directory = inode_is_directory(from->inode);
    if ((from->name.slash || to->name.slash) && !is_directory) {
        return -ENOTDIR;
    }
    int error = is_directory ? rename_check_outside(from->inode, to->dir) : 0;
    if (error != 0 || victim == NULL || victim == from->inode) {
        return error;
    }
    if (victim == from->dir) {
        return -ENOTEMPTY;
    }
    if (is_directory && !inode_is_directory(victim)) {
        return -ENOTDIR;
    }
    return !is_directory && inode_is_directory(victim) ? -EISDIR : 0;
}

static int rename_act(struct op *op, struct tree_call *call,
                      struct entry *entry)
{
    (void)call;
    struct entry *from = &entry[0];
    struct entry *to = &entry[1];
    struct inode *inode = from->inode;
    bool moves = inode_is_directory(inode) && from->dir != to->dir;
    int error = rename_check(from, to);
    if (error != 0 || to->inode == inode) {
        return error; // two names of one file: both stay
    }
    if (moves) {
        error = inode_join(op, inode);
    }
    if (error == 0) {
        error = dir_open_slot(op, from->dir, from->slot, &from->place);
    }
    if (error == 0) {
        error = to->inode != NULL
                    ? entry_replace(op, to, inode->number)
                    : dir_insert(op, to->dir, to->name.text, inode->number);
    }
    if (error == 0) {
        dir_change(from->dir, from->place, 0);
    }
    if (error == 0 && moves) {
        sleeplock_acquire_next(&inode->lock);
        inode->disk.parent = to->dir->number;
        inode_update(inode);
        sleeplock_release(&inode->lock);
    }
    return error;
}

int tree_rename(const char *old_path, const char *new_path)
{
    struct tree_call call = {.act = rename_act,
                             .path = old_path,
                             .second_path = new_path,
                             .locks_rename = true};
    return tree_change(&call);
}

/* Prepare the lock; before mounting. */
void tree_init(void)
{
    sleeplock_init(&tree_rename_lock, "rename", RANK_RENAME);
}
