#include "fs/fs.h"
#include "api/errno.h"
#include "api/limits.h"
#include "api/stat.h"
#include "dev/block.h"
#include "fs/alloc.h"
#include "fs/bcache.h"
#include "fs/file.h"
#include "fs/format.h"
#include "fs/inode.h"
#include "fs/log.h"
#include "fs/names.h"
#include "fs/orphan.h"
#include "fs/pipe.h"
#include "fs/tree.h"
#include "lib/klog.h"
#include "lib/str.h"
#include "mm/page.h"

/*
 * Mounting, and what the file system as a whole has to say.
 *
 * The layers, from below: bcache (disk blocks in memory), log (changes that
 * are whole), alloc (free blocks and inodes), inode (files by number), data and
 * change (their contents), orphan (files that have to give up blocks), dir
 * (names to numbers), path (names in names), tree (calls that change names),
 * file (what a descriptor stands for; pipes too), files (the table of
 * descriptors).
 *
 * Mounting checks the superblock against the device and the rules of the
 * format and names the defect it finds; then it brings what the log holds to
 * its place.  Later damage is found where a bad value is used: that call fails
 * with -EUCLEAN, the rest goes on.
 */

#define COMPLAINTS_MAX 16 // a program that looks again must not fill the screen

struct fs_mounted fs;

/*
 * Give back memory that is only kept for later, the cheapest first: blocks,
 * names, inodes.  Called by the page allocator.  Locks: takes and releases
 * those of rank NAMES, ICACHE and BCACHE.  Sleeps: no.
 */
static size_t fs_reclaim(size_t want)
{
    size_t freed = bcache_reclaim(want);
    size_t before = page_count_free();
    while (freed < want && (names_reclaim() || inode_reclaim())) {
        size_t now = page_count_free();
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
    for (size_t n = page_count_total(); n > 0 && more; n--) {
        more = names_reclaim() || inode_reclaim();
    }
}

/*
 * Say what is wrong with an inode, unless much has been said already, and
 * return -EUCLEAN for the caller to pass on.
 */
int fs_damaged(uint32_t number, const char *fault)
{
    static uint32_t complaints;
    uint32_t before = __atomic_fetch_add(&complaints, 1, __ATOMIC_RELAXED);
    if (before < COMPLAINTS_MAX) {
        kprintf("fs: inode %u: %s\n", number, fault);
    }
    return -EUCLEAN;
}

/* Say why there is no mounting and return -EUCLEAN. */
int fs_refuse(const char *fault)
{
    kprintf("fs: cannot mount %s: %s\n", fs.dev->name, fault);
    return -EUCLEAN;
}

/* Read and check the superblock, past the cache: it may be in the log, too.
   0, -EIO, -ENOMEM or -EUCLEAN. */
static int fs_check_super(void)
{
    struct page *page = page_alloc(PAGE_KERNEL);
    if (page == NULL) {
        return -ENOMEM;
    }
    int error = block_read(fs.dev, 0, &page, 1);
    if (error == 0) {
        memcpy(&fs.super, page_address(page), sizeof(fs.super));
        const char *fault = format_check_super(&fs.super, fs.dev->blocks);
        error = fault != NULL ? fs_refuse(fault) : 0;
    }
    page_put(page);
    return error;
}

/* Make the disk one whose log is empty, and get ready for changes. */
static int fs_recover(void)
{
    int error = fs_check_super();
    if (error == 0) {
        error = log_replay();
    }
    if (error == 0) {
        error = fs_check_super();
    }
    if (error == 0 && fs.super.state != FS_CLEAN) {
        kprintf("fs: %s has known errors: run fsck\n", fs.dev->name);
    }
    if (error == 0) {
        error = bcache_get(0, &fs.super_page);
    }
    if (error == 0) {
        error = log_init();
    }
    if (error == 0) {
        error = alloc_init();
    }
    return error;
}

/* Find the directory "/". */
static int fs_find_root(void)
{
    int error = inode_get(FS_ROOT, &fs.root);
    if (error == 0 &&
        (!inode_is_directory(fs.root) || fs.root->disk.links == 0)) {
        inode_put(fs.root);
        error = fs_refuse("its root is not a directory");
    }
    return error;
}

/*
 * Mount the file system of `dev` as "/".  0, -EIO, -ENOMEM or -EUCLEAN; a
 * message says what is wrong with the file system.  Sleeps: yes.
 */
int fs_mount(struct block_device *dev)
{
    fs = (struct fs_mounted){.dev = dev, .read_only = dev->read_only};
    bcache_init(dev);
    orphan_init();
    tree_init();
    page_set_reclaim(fs_reclaim);
    fs.zeros = page_alloc_zeroed(PAGE_CACHE);
    int error = fs.zeros != NULL ? fs_recover() : -ENOMEM;
    if (error == 0) {
        error = fs_find_root();
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

/* Count. */
int fs_stat(struct statfs *out)
{
    int64_t inodes = alloc_count_inodes();
    if (inodes < 0) {
        return (int)inodes;
    }
    *out = (struct statfs){.blocks = fs.super.data.count,
                           .free_blocks = alloc_count_free(),
                           .inodes = format_inodes(&fs.super) - 1,
                           .free_inodes = (uint64_t)inodes,
                           .name_max = NAMEMAX,
                           .read_only = fs.read_only || log_has_failed()};
    return 0;
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
