#include "fs/fs.h"
#include "api/limits.h"
#include "api/stat.h"
#include "disk/alloc.h"
#include "disk/bcache.h"
#include "disk/format.h"
#include "disk/log.h"
#include "disk/volume.h"
#include "fs/file.h"
#include "fs/inode.h"
#include "fs/names.h"
#include "fs/orphan.h"
#include "fs/pipe.h"
#include "fs/tree.h"
#include "mm/page.h"

/*
 * The file system as a whole: mounting, syncing, counting, giving memory back.
 *
 * The layers, from below.  In disk/: bcache (disk blocks in memory), log
 * (changes that are whole), alloc (free blocks and inodes), volume.  Here:
 * inode (files by number), data and change (their contents), orphan (files that
 * have to give up blocks), dir (names to numbers), path (names in names), tree
 * and rename (calls that change names), file (what a descriptor stands for;
 * pipes too), files (the table of descriptors).
 */

struct fs_mounted fs;

/*
 * Give back memory that is only kept for later, the cheapest first: blocks,
 * names, inodes.  Called by the page allocator.  Locks: takes and releases
 * those of rank NAMES, ICACHE and BCACHE.  Sleeps: no.
 */
static size_t fs_reclaim(size_t want)
{
    size_t freed = bcache_reclaim(want);
    size_t before = page_counts.free;
    while (freed < want && (names_reclaim() || inode_reclaim())) {
        size_t now = page_counts.free;
        freed += now > before ? now - before : 0;
        before = now;
    }
    return freed;
}

/* Let go of every name and every inode that nobody uses.  Others may bring in
   more meanwhile, so there is a bound. */
void fs_trim(void)
{
    bool more = true;
    for (size_t n = page_counts.total; n > 0 && more; n--) {
        more = names_reclaim() || inode_reclaim();
    }
}

/*
 * Mount the file system of `dev` as "/".  0, -EIO, -ENOMEM or -EUCLEAN; a
 * message says what is wrong with the file system.  Sleeps: yes.
 */
int fs_mount(struct block_device *dev)
{
    orphan_init();
    tree_init();
    page_hooks.reclaim = fs_reclaim;
    page_hooks.trim = fs_trim;
    fs.zeros = page_alloc_zeroed(PAGE_CACHE);
    int error = fs.zeros != NULL ? alloc_open(dev) : -ENOMEM;
    if (error == 0) {
        error = inode_get(FS_ROOT, &fs.root);
    }
    if (error == 0 &&
        (!inode_is_directory(fs.root) || fs.root->disk.links == 0)) {
        inode_put(fs.root);
        error = volume_refuse("its root is not a directory");
    }
    if (error == 0) {
        error = orphan_recover();
    }
    return error;
}

/* Commit what is open. */
int fs_sync(void)
{
    return log_commit(log_current());
}

/* Commit for the sake of what that sets free, if it was wanting; once. */
bool fs_try_again(int error, bool *tried)
{
    bool again = (error == -ENOSPC || error == -ENOMEM) && !*tried;
    *tried |= again;
    return again && log_settle() == 0;
}

/* Say how much there is, and how much is free. */
void fs_stat(struct statfs *out)
{
    *out = (struct statfs){.blocks = volume.super.data.count,
                           .inodes = format_inodes(&volume.super) - 1,
                           .name_max = NAMEMAX,
                           .read_only = volume.read_only || log_has_failed()};
    alloc_count(&out->free_blocks, &out->free_inodes);
}

/* The directory "/", with a reference for the caller. */
struct inode *fs_root(void)
{
    inode_ref(fs.root);
    return fs.root;
}

/* Prepare the pools of the file system's objects. */
void fs_init(void)
{
    inode_init();
    names_init();
    file_init();
    pipe_init();
}
