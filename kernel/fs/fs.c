#include "fs/fs.h"
#include "api/limits.h"
#include "api/stat.h"
#include "disk/alloc.h"
#include "disk/bcache.h"
#include "disk/format.h"
#include "disk/log.h"
#include "disk/volume.h"
#include "fs/blockmap.h"
#include "fs/file.h"
#include "fs/inode.h"
#include "fs/dcache.h"
#include "fs/orphan.h"
#include "fs/path.h"
#include "fs/pipe.h"
#include "fs/tree.h"
#include "mm/page.h"

/*
 * The file system as a whole: mounting, syncing, counting, giving memory back.
 *
 * The layers, from below.  In disk/: bcache (disk blocks in memory), volume,
 * log (changes that are whole), alloc (free blocks and inodes).  Here:
 * blockmap (which blocks a file has), inode (files by number), inode_io and
 * inode_mmap (their contents), orphan (files that have to give up blocks),
 * dcache (directories in memory), dir (names to inodes), path (walks), tree
 * (calls that change names), file (what a descriptor stands for; pipe, too),
 * fdtable (tables of descriptors).  Nothing below refers to this file.
 */

/*
 * Give back memory that is only kept for later, the cheapest first: blocks,
 * names, inodes.  The page allocator calls this.  Locks: takes and releases
 * those of rank DCACHE, ICACHE and BCACHE.  Sleeps: no.
 */
static size_t fs_reclaim(size_t want)
{
    size_t freed = bcache_reclaim(want);
    size_t before = page_counts.free;
    while (freed < want && (dcache_reclaim() || inode_reclaim())) {
        size_t now = page_counts.free;
        freed += now > before ? now - before : 0;
        before = now;
    }
    return freed;
}

/* Others may bring in more names and inodes meanwhile, so there is a bound. */
void fs_trim(void)
{
    bool more = true;
    for (size_t n = page_counts.total; n > 0 && more; n--) {
        more = dcache_reclaim() || inode_reclaim();
    }
}

int fs_mount(struct block_device *dev)
{
    orphan_init();
    tree_init();
    page_hooks.reclaim = fs_reclaim;
    page_hooks.trim = fs_trim;
    blockmap_zeros = page_alloc_zeroed(PAGE_CACHE);
    int error = blockmap_zeros != NULL ? alloc_open(dev) : -ENOMEM;
    if (error == 0) {
        error = inode_get(FS_ROOT, &path_root);
    }
    if (error == 0 &&
        (!inode_is_directory(path_root) || path_root->disk.links == 0)) {
        inode_put(path_root);
        error = volume_refuse("its root is not a directory");
    }
    return error == 0 ? orphan_recover() : error;
}

int fs_sync(void)
{
    return log_commit(log_current());
}

void fs_stat(struct statfs *out)
{
    *out = (struct statfs){.blocks = volume.super.data.count,
                           .inodes = format_inodes(&volume.super) - 1,
                           .name_max = NAMEMAX,
                           .read_only = volume.read_only || log_has_failed()};
    alloc_count(&out->free_blocks, &out->free_inodes);
}

struct inode *fs_root(void)
{
    inode_ref(path_root);
    return path_root;
}

void fs_init(void)
{
    inode_init();
    dcache_init();
    file_init();
    pipe_init();
}
