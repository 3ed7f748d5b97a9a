#include "fs/fs.h"
#include "api/errno.h"
#include "api/fslog.h"
#include "dev/block.h"
#include "fs/bcache.h"
#include "fs/dir.h"
#include "fs/file.h"
#include "fs/format.h"
#include "fs/inode.h"
#include "fs/pipe.h"
#include "lib/klog.h"
#include "lib/str.h"
#include "mm/page.h"

/*
 * Mounting, and what the file system as a whole has to say.
 *
 * The layers, from below: bcache (disk blocks in memory), inode (files by
 * number), data (their contents), dir (names to numbers), path (names in
 * names), file (what a descriptor stands for; pipes too), files (the table of
 * descriptors).  Each uses only those below it and this one.
 *
 * Mounting checks the superblock against the device and the rules of the
 * format and names the defect it finds.  Later damage is found where a bad
 * value is used: that call fails with -EUCLEAN, the rest goes on.
 *
 * Nothing here is written yet: the device is only read, a log that holds
 * changes is refused, and calls that would change something say -EROFS.
 */

#define COMPLAINTS_MAX 16 // a program that looks again must not fill the screen

struct fs_mounted fs;

/*
 * Give back memory that is only kept for later, the cheapest first: blocks,
 * names, inodes.  Called by the page allocator.  Locks: takes and releases
 * those of rank ICACHE and BCACHE.  Sleeps: no.
 */
static size_t fs_reclaim(size_t want)
{
    size_t freed = bcache_reclaim(want);
    size_t before = page_count_free();
    while (freed < want && (dir_reclaim() || inode_reclaim())) {
        size_t now = page_count_free();
        freed += now > before ? now - before : 0;
        before = now;
    }
    return freed;
}

/* Let go of every name and every inode that nobody uses. */
void fs_trim(void)
{
    bool more = true;
    while (more) {
        more = dir_reclaim() || inode_reclaim();
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
static int fs_refuse(const char *fault)
{
    kprintf("fs: cannot mount %s: %s\n", fs.dev->name, fault);
    return -EUCLEAN;
}

/* Copy the first `size` bytes of a block.  0, -EIO or -ENOMEM. */
static int fs_read_head(uint64_t block, void *out, size_t size)
{
    struct page *page;
    int error = bcache_get(block, &page);
    if (error == 0) {
        memcpy(out, page_address(page), size);
        page_put(page);
    }
    return error;
}

/* Refuse a log with a transaction in it: its blocks are not in their places.
   0, -EIO, -ENOMEM or -EUCLEAN. */
static int fs_check_log(void)
{
    struct fs_log_head head;
    struct fs_log_head first; // or what a descriptor begins with
    const struct fs_area *log = &fs.super.log;
    int error = fs_read_head(log->start, &head, sizeof(head));
    if (error != 0) {
        return error;
    }
    const char *fault = format_check_log(&fs.super, &head);
    if (fault != NULL) {
        return fs_refuse(fault);
    }
    error = fs_read_head(log->start + head.start, &first, sizeof(first));
    if (error == 0 && first.magic == FS_LOG_DESCRIPTOR &&
        first.sequence == head.sequence) {
        return fs_refuse("its log holds changes that must be replayed first");
    }
    return error;
}

/* Read and check the superblock.  0, -EIO, -ENOMEM or -EUCLEAN. */
static int fs_check_super(void)
{
    int error = fs_read_head(0, &fs.super, sizeof(fs.super));
    if (error != 0) {
        return error;
    }
    const char *fault = format_check_super(&fs.super, fs.dev->blocks);
    if (fault != NULL) {
        return fs_refuse(fault);
    }
    if (fs.super.state != FS_CLEAN) {
        kprintf("fs: %s has known errors: run fsck\n", fs.dev->name);
    }
    return fs_check_log();
}

/*
 * Mount the file system of `dev` as "/".  0, -EIO, -ENOMEM or -EUCLEAN; a
 * message says what is wrong with the file system.  Sleeps: yes.
 */
int fs_mount(struct block_device *dev)
{
    fs.dev = dev;
    bcache_init(dev);
    page_set_reclaim(fs_reclaim);
    fs.zeros = page_alloc_zeroed(PAGE_CACHE);
    int error = fs.zeros != NULL ? fs_check_super() : -ENOMEM;
    if (error == 0) {
        error = inode_get(FS_ROOT, &fs.root);
    }
    if (error == 0 && !inode_is_directory(fs.root)) {
        inode_put(fs.root);
        error = fs_refuse("its root is not a directory");
    }
    return error;
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
    dir_init();
    file_init();
    pipe_init();
}
