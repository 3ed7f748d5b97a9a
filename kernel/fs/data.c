#include "fs/data.h"
#include "dev/block.h"
#include "disk/bcache.h"
#include "disk/format.h"
#include "disk/log.h"
#include "disk/volume.h"
#include "fs/fs.h"
#include "fs/inode.h"
#include "vm/uaccess.h"
#include "mm/page.h"

/*
 * The contents of files.
 *
 * A file is a sequence of blocks.  Its inode names the first 20; the next 1024
 * are named in the indirect block, the rest in 1024 more such blocks which the
 * double-indirect block names.  Block 0 stands for a hole: it reads as zeros.
 *
 * The pages of a file are the cached blocks themselves.  read() copies out of
 * them, a pager hands them to address spaces; holes all share one page of
 * zeros, which nobody may write.
 *
 * How contents change is in fs/change.c.
 *
 * Every block number is checked before it is followed: a file can only reach
 * the data area.
 *
 * Locks: the inode's lock is held while its blocks are looked up and copied.
 */

/* Work out the path to block `index`, which is less than FS_FILE_MAX. */
struct block_path data_path(struct fs_inode *disk, uint64_t index)
{
    if (index < FS_DIRECT) {
        return (struct block_path){&disk->direct[index], 0, {0}};
    }
    index -= FS_DIRECT;
    uint32_t low = (uint32_t)(index % FS_POINTERS);
    if (index < FS_POINTERS) {
        return (struct block_path){&disk->indirect, 1, {low}};
    }
    index -= FS_POINTERS;
    uint32_t high = (uint32_t)(index / FS_POINTERS);
    return (struct block_path){&disk->double_indirect, 2, {high, low}};
}

/*
 * Find the disk block of block `index` of a file: its number, 0 for a hole, or
 * -EIO, -ENOMEM, -EUCLEAN for a number outside the data area.
 */
static inline int64_t data_map(struct inode *inode, uint64_t index)
{
    struct block_path path = data_path(&inode->disk, index);
    uint32_t block = *path.from;
    for (int i = 0; block != 0; i++) {
        if (!format_is_data(&volume.super, block)) {
            return volume_damaged(inode->number, "bad block number");
        }
        if (i == path.depth) {
            break;
        }
        struct page *page;
        int error = bcache_get(block, &page);
        if (error != 0) {
            return error;
        }
        const uint32_t *numbers = page_address(page);
        block = numbers[path.place[i]];
        page_put(page);
    }
    return block;
}

/* Read in block `index` of a file, `block` on the disk, which is not cached.
   With it come those behind it that follow on the disk, too, if the file is
   read from its beginning, or on from what is cached. */
static SLOW_PATH int data_read(struct inode *inode, uint64_t index,
                               uint64_t block, struct page **out)
{
    uint64_t end = round_up(inode->disk.size, PAGE_SIZE) / PAGE_SIZE;
    bool goes_on = index == 0 || bcache_peek(block - 1) != NULL;
    uint64_t most =
        goes_on && index < end ? min_u64(end - index, BLOCK_RUN) : 1;
    uint64_t n = 1;
    while (n < most && data_map(inode, index + n) == (int64_t)(block + n)) {
        n++;
    }
    return bcache_read(block, n, out);
}

/*
 * Return in *out the page with block `index` of a file, or the page of zeros,
 * with a reference.  0, -EIO, -ENOMEM, -EUCLEAN.  Locks: the caller holds the
 * inode's.  Sleeps: yes.
 */
int inode_page_locked(struct inode *inode, uint64_t index, struct page **out)
{
    int64_t block = data_map(inode, index);
    if (block < 0) {
        return (int)block;
    }
    if (block == 0) {
        page_ref(fs.zeros);
        *out = fs.zeros;
        return 0;
    }
    int error = bcache_find((uint64_t)block, out);
    return error != 0 || *out != NULL
               ? error
               : data_read(inode, index, (uint64_t)block, out);
}

/*
 * Move bytes of a file into a transfer: up to n from `offset`, to `at`.
 * Returns how many there were, or, if the first cannot be had, -EIO, -ENOMEM
 * or -EUCLEAN.  Locks: the caller holds the inode's.  Sleeps: yes.
 */
ssize_t inode_read_locked(struct inode *inode, uint64_t offset,
                          struct iobuf *buf, size_t at, size_t n)
{
    uint64_t size = inode->disk.size;
    n = offset < size ? min_u64(n, size - offset) : 0;
    size_t done = 0;
    while (done < n) {
        uint64_t from = (offset + done) % PAGE_SIZE;
        size_t piece = min_u64(n - done, PAGE_SIZE - from);
        struct page *page;
        int error =
            inode_page_locked(inode, (offset + done) / PAGE_SIZE, &page);
        if (error != 0) {
            return done > 0 ? (ssize_t)done : error;
        }
        iobuf_put(buf, at + done, (char *)page_address(page) + from, piece);
        page_put(page);
        done += piece;
    }
    return (ssize_t)done;
}

/* The same, taking the inode's lock. */
ssize_t inode_read(struct inode *inode, uint64_t offset, struct iobuf *buf,
                   size_t at, size_t n)
{
    sleeplock_acquire(&inode->lock);
    ssize_t got = inode_read_locked(inode, offset, buf, at, n);
    sleeplock_release(&inode->lock);
    return got;
}

/* Length of a file in bytes.  Locks: takes the inode's.  Sleeps: yes. */
uint64_t inode_size(struct inode *inode)
{
    sleeplock_acquire(&inode->lock);
    uint64_t size = inode->disk.size;
    sleeplock_release(&inode->lock);
    return size;
}

static struct inode *pager_inode(struct pager *pager)
{
    return container_of(pager, struct inode, pager);
}

/* pager_ops.get_page: also -EUCLEAN.  The lock that is left is the inode's. */
static int data_get_page(struct pager *pager, uint64_t index, struct page **out)
{
    struct inode *inode = pager_inode(pager);
    sleeplock_acquire(&inode->lock);
    uint64_t pages = round_up(inode->disk.size, PAGE_SIZE) / PAGE_SIZE;
    int error = index < pages ? inode_page_locked(inode, index, out) : -ERANGE;
    if (error != 0) {
        sleeplock_release(&inode->lock);
    }
    return error;
}

/* pager_ops.unlock */
static void data_unlock(struct pager *pager)
{
    sleeplock_release(&pager_inode(pager)->lock);
}

/* One operation for a page of a shared mapping: to get it, a hole getting a
   block first; or when it was `written` to.  A page that the file does not have
   any more is left alone.  The lock is left when it was got. */
static int data_share_once(struct inode *inode, uint64_t index,
                           struct page **page, bool written)
{
    struct op op;
    int error = log_begin(&op, WRITE_ROOM);
    if (error != 0) {
        return error;
    }
    sleeplock_acquire(&inode->lock);
    uint64_t pages = round_up(inode->disk.size, PAGE_SIZE) / PAGE_SIZE;
    int64_t block = index < pages ? data_map(inode, index) : -ERANGE;
    if (block < 0) {
        error = (int)block;
    } else if (!written || bcache_peek((uint64_t)block) == *page) {
        error = inode_share_page(&op, inode, index, written ? NULL : page);
    }
    if (error != 0 || written) {
        sleeplock_release(&inode->lock);
    }
    log_end(&op);
    return error;
}

/* The same, once more when something has run out that a commit sets free. */
static int data_share(struct inode *inode, uint64_t index, struct page **page,
                      bool written)
{
    bool tried = false;
    int error;
    do {
        error = data_share_once(inode, index, page, written);
    } while (fs_try_again(error, &tried));
    return error;
}

/* pager_ops.get_shared */
static int data_get_shared(struct pager *pager, uint64_t index,
                           struct page **out)
{
    return data_share(pager_inode(pager), index, out, false);
}

/* pager_ops.put_back */
static int data_put_back(struct pager *pager, uint64_t index, struct page *page)
{
    int error = data_share(pager_inode(pager), index, &page, true);
    return error == -ERANGE ? 0 : error;
}

/* pager_ops.ref */
static void data_ref(struct pager *pager, enum pager_use use)
{
    struct inode *inode = pager_inode(pager);
    atomic_add_full(&inode->areas[use], 1);
    inode_ref(inode);
}

/* pager_ops.put */
static void data_put(struct pager *pager, enum pager_use use)
{
    struct inode *inode = pager_inode(pager);
    atomic_sub_full(&inode->areas[use], 1);
    inode_put(inode);
}

const struct pager_ops data_pager_ops = {
    .get_page = data_get_page,
    .get_shared = data_get_shared,
    .unlock = data_unlock,
    .put_back = data_put_back,
    .ref = data_ref,
    .put = data_put,
};

/* Each side counts itself first and then looks for the other. */
int inode_check_sharing(const struct inode *inode)
{
    const uint32_t *areas = inode->areas;
    bool runs = atomic_load_full(&areas[PAGER_RUN]) != 0;
    bool shares = atomic_load_full(&areas[PAGER_SHARE]) != 0;
    return runs && shares ? -ETXTBSY : 0;
}
