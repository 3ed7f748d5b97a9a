#include "fs/inode_io.h"
#include "dev/clock.h"
#include "disk/alloc.h"
#include "disk/log.h"
#include "fs/inode.h"
#include "fs/orphan.h"
#include "lib/str.h"
#include "mm/page.h"
#include "vm/uaccess.h"

/*
 * Reading, writing and truncating files.
 *
 * read() copies out of the cached blocks of a file, write() into them; the
 * block map (fs/blockmap.c) finds the blocks.
 *
 * A file is cut short in two steps.  First its size changes, in one operation
 * that also puts it on the list of orphans if blocks are left past the end.
 * Then these are freed, in as many operations as it takes.  Until that is done
 * the inode is `untrimmed`, and the file may not grow: what it had before would
 * come back.
 *
 * Locks: the inode's, over its size and its block numbers.
 */

/* ---- reading ------------------------------------------------------------ */

ssize_t inode_read_locked(struct inode *inode, uint64_t offset,
                          struct iobuf *buf, size_t at, size_t n)
{
    check_that(inode->lock.state != 0); // alone, or shared
    uint64_t size = inode->disk.size;
    n = offset < size ? min_u64(n, size - offset) : 0;
    size_t done = 0;
    while (done < n) {
        uint64_t from = (offset + done) % FS_BLOCK;
        size_t piece = min_u64(n - done, FS_BLOCK - from);
        struct page *page;
        int error = blockmap_read(inode, (offset + done) / FS_BLOCK, &page);
        if (error != 0) {
            return done > 0 ? (ssize_t)done : error;
        }
        iobuf_put(buf, at + done, (char *)page_address(page) + from, piece);
        page_put(page);
        done += piece;
    }
    return (ssize_t)done;
}

ssize_t inode_read(struct inode *inode, uint64_t offset, struct iobuf *buf,
                   size_t at, size_t n)
{
    sleeplock_acquire(&inode->lock);
    ssize_t got = inode_read_locked(inode, offset, buf, at, n);
    sleeplock_release(&inode->lock);
    return got;
}

uint64_t inode_size(struct inode *inode)
{
    sleeplock_acquire(&inode->lock);
    uint64_t size = inode->disk.size;
    sleeplock_release(&inode->lock);
    return size;
}

/* ---- writing ------------------------------------------------------------ */

/* Zero what follows byte `end` of a file in its block. */
static int inode_clear_block(struct op *op, struct inode *inode, uint64_t end)
{
    uint64_t from = end % FS_BLOCK;
    struct page *page;
    if (from == 0) {
        return 0;
    }
    // A hole has zeros already, and must not get a block now.
    int error = blockmap_read(inode, end / FS_BLOCK, &page);
    if (error != 0) {
        return error;
    }
    if (page != blockmap_zeros) {
        log_change(op, page);
        memset((char *)page_address(page) + from, 0, FS_BLOCK - from);
    }
    page_put(page);
    return 0;
}

int inode_clear_tail(struct op *op, struct inode *inode)
{
    assert_owned(&inode->lock);
    int error = 0;
    if (inode->tail_dirty) {
        error = inode_clear_block(op, inode, inode->disk.size);
        bool may_come_back = atomic_load_full(&inode->areas[PAGER_SHARE]) != 0;
        inode->tail_dirty = error != 0 || may_come_back;
    }
    return error;
}

/* Begin a change that makes a file `size` bytes long, unless it is longer, or
   cuts it there: check that it may be, and join the operation. */
static int inode_begin_change(struct op *op, struct inode *inode, uint64_t size)
{
    assert_owned(&inode->lock);
    bool grows = size > inode->disk.size;
    if (size > FS_FILE_MAX) {
        return -EFBIG;
    }
    if (atomic_load_relaxed(&inode->areas[PAGER_RUN]) != 0) {
        return -ETXTBSY;
    }
    if (inode->untrimmed && grows) {
        return TRIM_FIRST;
    }
    int error = inode_join(op, inode);
    return error == 0 && grows ? inode_clear_tail(op, inode) : error;
}

ssize_t inode_write_locked(struct op *op, struct inode *inode, uint64_t offset,
                           const struct iobuf *buf, size_t at, size_t n)
{
    if (offset >= FS_FILE_MAX) {
        return -EFBIG;
    }
    n = min_u64(n, FS_FILE_MAX - offset);
    int error = inode_begin_change(op, inode, offset + n);
    size_t done = 0;
    while (error == 0 && done < n && op->left >= BLOCK_ROOM) {
        uint64_t to = (offset + done) % FS_BLOCK;
        size_t piece = min_u64(n - done, FS_BLOCK - to);
        struct page *page;
        error = blockmap_change(op, inode, (offset + done) / FS_BLOCK,
                                piece == FS_BLOCK, &page);
        if (error == 0) {
            iobuf_get(buf, at + done, (char *)page_address(page) + to, piece);
            page_put(page);
            done += piece;
        }
    }
    if (done > 0) {
        inode->disk.size = max_u64(inode->disk.size, offset + done);
        inode->disk.mtime = clock_wall();
        inode_update(inode);
    }
    return done > 0 ? (ssize_t)done : error;
}

/* ---- truncating --------------------------------------------------------- */

/* Blocks of an operation that frees some: the inode, the block with the end of
   the file, what is kept for the list of orphans, and 29 of the bitmap and
   indirect blocks, so that others need not wait long. */
#define TRIM_ROOM (1 + 1 + TRIM_KEEP + 29)
static_assert(ORPHAN_ROOM <= TRIM_KEEP, "orphan_add, orphan_remove have room");

/* Run `act` on an inode that is locked, in an operation that frees blocks. */
static int inode_free_once(struct inode *inode, uint64_t size,
                           int (*act)(struct op *, struct inode *,
                                      uint64_t size))
{
    struct op op;
    int error = alloc_begin_free(&op, TRIM_ROOM);
    if (error != 0) {
        return error;
    }
    sleeplock_acquire(&inode->lock);
    error = act(&op, inode, size);
    sleeplock_release(&inode->lock);
    log_end(&op);
    return error;
}

/* Free some blocks past the end of a file.  One without names stays on the list
   of orphans as long as somebody uses it.  One that is dying goes with its last
   block; out of the table first, or the next owner of its number would find it
   there. */
static int inode_trim_locked(struct op *op, struct inode *inode,
                             uint64_t unused)
{
    (void)unused;
    int error = inode_join(op, inode);
    if (error != 0 || !inode->untrimmed) {
        return error;
    }
    bool dies = inode->dying; // nobody else has it then
    error = blockmap_trim(op, inode);
    if (error == 0 && (dies || inode->disk.links > 0)) {
        error = orphan_remove(op, inode);
    }
    inode->untrimmed = error != 0;
    if (error == 0 && dies) {
        inode_forget(inode);
        alloc_free_inode(op, inode->number); // pinned: cannot fail
    } else {
        inode_update(inode);
    }
    return error;
}

int inode_trim(struct inode *inode)
{
    int error;
    do {
        error = inode_free_once(inode, 0, inode_trim_locked);
    } while (error == BLOCKS_LEFT);
    return error;
}

/* Change the size, and free what one operation can: 0, or BLOCKS_LEFT when the
   size is changed but the file untrimmed; or TRIM_FIRST, or an error. */
static int inode_truncate_locked(struct op *op, struct inode *inode,
                                 uint64_t size)
{
    bool shrinks = size < inode->disk.size;
    int error = inode_begin_change(op, inode, size);
    if (error == 0 && shrinks) {
        error = inode_clear_block(op, inode, size);
    }
    if (error != 0) {
        return error;
    }
    uint64_t end = inode_blocks(inode);
    inode->disk.size = size;
    inode->disk.mtime = clock_wall();
    pager_unmap(&inode->pager, inode_blocks(inode), end);
    if (shrinks && !inode->untrimmed) {
        inode->untrimmed = blockmap_trim(op, inode) != 0;
    }
    if (inode->untrimmed) {
        orphan_add(op, inode);
    }
    inode_update(inode);
    return inode->untrimmed ? BLOCKS_LEFT : 0;
}

/* What cannot be freed in the end is freed after the next mount. */
int inode_truncate(struct inode *inode, uint64_t size)
{
    int error = inode_free_once(inode, size, inode_truncate_locked);
    while (error == TRIM_FIRST) {
        error = inode_trim(inode);
        if (error == 0) {
            error = inode_free_once(inode, size, inode_truncate_locked);
        }
    }
    if (error == BLOCKS_LEFT) {
        inode_trim(inode);
        error = 0;
    }
    return error;
}
