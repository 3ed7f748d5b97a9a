#include "dev/clock.h"
#include "disk/alloc.h"
#include "disk/bcache.h"
#include "disk/format.h"
#include "disk/log.h"
#include "disk/volume.h"
#include "fs/data.h"
#include "fs/fs.h"
#include "fs/inode.h"
#include "fs/orphan.h"
#include "lib/str.h"
#include "vm/uaccess.h"
#include "mm/page.h"

/*
 * Changing the contents of files: writing, cutting short.
 *
 * Writing adds the blocks that are missing on the way to a block.  When one of
 * them cannot be had, the others are given back; so a full disk leaves no block
 * behind that nobody uses.
 *
 * A file is cut short in two steps.  First its size changes, in one operation
 * that also puts it on the list of orphans if blocks are left past the end.
 * Then these are freed, in as many operations as it takes.  `untrimmed` says
 * that the second step is not over: until then the file may not grow, or what
 * it had before would come back.
 *
 * Locks: the inode's, over its size and its block numbers.
 */

/* ---- growing ------------------------------------------------------------ */

/* The way to a block of a file, which gets the blocks that it lacks. */
struct way {
    struct op *op;
    struct inode *inode;
    struct block_path path;
    bool whole; // the block at the end will be written as a whole
};

/* The page of a block that the file has. */
static int way_get(const struct way *way, uint32_t block, bool whole,
                   struct page **out)
{
    if (!format_is_data(&volume.super, block)) {
        return volume_damaged(way->inode->number, "bad block number");
    }
    return whole ? bcache_get_blank(block, false, out) : bcache_get(block, out);
}

/* Take a block, which is named at `at` from now on, and its page.  The page of
   a block taken before may still be cached on a damaged disk, where two files
   name one block. */
static int way_add(const struct way *way, uint32_t *at, bool whole,
                   struct page **out)
{
    uint32_t block;
    int error = alloc_block(way->op, way->inode->goal, &block);
    if (error != 0) {
        return error;
    }
    bcache_forget(block);
    error = bcache_get_blank(block, !whole, out);
    if (error != 0) {
        alloc_undo(block);
        return error;
    }
    log_new(*out);
    way->inode->goal = block + 1;
    way->inode->disk.blocks++;
    *at = block;
    return 0;
}

/* Go to the block that is named at `at`, and from there to the end of the way.
   When that fails, what was added is given back. */
static int way_follow(const struct way *way, int level, uint32_t *at,
                      struct page **out)
{
    struct page *page = NULL;
    bool is_new = *at == 0;
    bool is_last = level == way->path.depth;
    bool whole = is_last && way->whole;
    int error = is_new ? way_add(way, at, whole, &page)
                       : way_get(way, *at, whole, &page);
    if (error == 0 && is_last && !is_new) {
        log_change(way->op, page);
        way->inode->goal = *at + 1;
    }
    if (error != 0 || is_last) {
        *out = page;
        return error;
    }
    uint32_t *next = (uint32_t *)page_address(page) + way->path.place[level];
    if (*next == 0) {
        log_change(way->op, page); // it will name a new block
    }
    error = way_follow(way, level + 1, next, out);
    page_put(page);
    if (error != 0 && is_new) {
        alloc_undo(*at);
        way->inode->disk.blocks--;
        *at = 0;
    }
    return error;
}

int inode_page_change(struct op *op, struct inode *inode, uint64_t index,
                      bool whole, struct page **out)
{
    struct way way = {op, inode, data_path(&inode->disk, index), whole};
    uint32_t blocks = inode->disk.blocks;
    int error = way_follow(&way, 0, way.path.from, out);
    if (inode->disk.blocks != blocks) {
        pager_unmap(&inode->pager, index, index + 1); // it was a hole
    }
    return error;
}

/* ---- writing ------------------------------------------------------------ */

#define BLOCK_ROOM 8 // what a block needs at most of an operation

/* Whether a file may be changed from `size` bytes on. */
static int check_change(const struct inode *inode, uint64_t size)
{
    if (size > FS_FILE_MAX) {
        return -EFBIG;
    }
    if (atomic_load_relaxed(&inode->areas[PAGER_RUN]) != 0) {
        return -ETXTBSY;
    }
    return inode->untrimmed && size > inode->disk.size ? -EAGAIN : 0;
}

/* Zero what follows byte `end` in its block: what the file loses, or what a
   mapping may have stored past its end. */
static int clear_tail(struct op *op, struct inode *inode, uint64_t end)
{
    uint64_t from = end % FS_BLOCK;
    struct page *page;
    if (from == 0) {
        return 0;
    }
    // A hole has zeros already, and must not get a block now.
    int error = inode_page_locked(inode, end / FS_BLOCK, &page);
    if (error != 0) {
        return error;
    }
    if (page != fs.zeros) {
        log_change(op, page);
        memset((char *)page_address(page) + from, 0, FS_BLOCK - from);
    }
    page_put(page);
    return 0;
}

/* The same for the end of the file; before it grows, or is written to disk. */
static int remove_stain(struct op *op, struct inode *inode)
{
    int error = 0;
    if (inode->stained) {
        error = clear_tail(op, inode, inode->disk.size);
        bool may_come_back = atomic_load_full(&inode->areas[PAGER_SHARE]) != 0;
        inode->stained = error != 0 || may_come_back;
    }
    return error;
}

ssize_t inode_write_locked(struct op *op, struct inode *inode, uint64_t offset,
                           const struct iobuf *buf, size_t at, size_t n)
{
    if (offset >= FS_FILE_MAX) {
        return -EFBIG;
    }
    n = min_u64(n, FS_FILE_MAX - offset);
    int error = check_change(inode, offset + n);
    if (error == 0) {
        error = inode_touch(op, inode);
    }
    if (error == 0 && offset + n > inode->disk.size) {
        error = remove_stain(op, inode);
    }
    size_t done = 0;
    while (error == 0 && done < n && op->left >= BLOCK_ROOM) {
        uint64_t to = (offset + done) % FS_BLOCK;
        size_t piece = min_u64(n - done, FS_BLOCK - to);
        struct page *page = NULL;
        error = inode_page_change(op, inode, (offset + done) / FS_BLOCK,
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
        inode_update(op, inode);
    }
    return done > 0 ? (ssize_t)done : error;
}

/* A shared mapping that is there keeps the file from running, so what is
   counted in areas[PAGER_RUN] now is an exec that is about to fail. */
int inode_share_page(struct op *op, struct inode *inode, uint64_t index,
                     struct page **out)
{
    struct page *page = NULL;
    int error = inode_touch(op, inode);
    if (error == 0) {
        error = inode_page_change(op, inode, index, false, &page);
    }
    if (error != 0) {
        return error;
    }
    inode->disk.mtime = clock_wall();
    inode->stained = true;
    inode_update(op, inode);
    if (out != NULL) {
        *out = page;
        return 0;
    }
    page_put(page);
    return remove_stain(op, inode);
}

/* ---- cutting short ------------------------------------------------------ */

#define TRIM_BLOCKS 32 // of an operation that frees blocks
#define TRIM_KEEP   6  // of these, for the inode, the list of orphans, a leaf

/* How far `index` is past `base`; 0 when it is before. */
static uint64_t past(uint64_t index, uint64_t base)
{
    return index > base ? index - base : 0;
}

/* Free the block that a file names at `at`.  0, -EAGAIN when the operation may
   free no more, -EIO, -ENOMEM. */
static int free_at(struct op *op, struct inode *inode, uint32_t *at)
{
    int error = op->left > TRIM_KEEP ? alloc_free(op, *at) : -EAGAIN;
    if (error == 0) {
        *at = 0;
        inode->disk.blocks -= inode->disk.blocks > 0 ? 1 : 0;
    }
    return error;
}

/* The same with the blocks that it names in turn, over `depth` levels, from
   block `from` of these on; itself only if none is left.  A number that cannot
   be is just dropped. */
static int free_tree(struct op *op, struct inode *inode, uint32_t *at,
                     int depth, uint64_t from)
{
    struct page *page;
    uint64_t span = depth == 2 ? FS_POINTERS : 1; // blocks below each number
    if (*at == 0 || from >= span * FS_POINTERS) {
        return 0;
    }
    if (!format_is_data(&volume.super, *at)) {
        volume_damaged(inode->number, "bad block number");
        *at = 0;
        return 0;
    }
    if (depth == 0 || op->left <= TRIM_KEEP) {
        return free_at(op, inode, at);
    }
    int error = bcache_get(*at, &page);
    if (error != 0) {
        return error;
    }
    log_change(op, page);
    uint32_t *numbers = page_address(page);
    for (uint64_t i = from / span; i < FS_POINTERS && error == 0; i++) {
        error =
            free_tree(op, inode, &numbers[i], depth - 1, past(from, i * span));
    }
    page_put(page);
    // On a damaged disk the block may have named itself, and is free by now.
    bool is_left = error == 0 && from == 0 && *at != 0;
    return is_left ? free_at(op, inode, at) : error;
}

/* Free blocks past the end, as many as one operation may; the caller calls
   inode_update.  0 when none is left, -EAGAIN when some are, or an error. */
static int trim_step(struct op *op, struct inode *inode)
{
    struct fs_inode *disk = &inode->disk;
    uint64_t end = round_up(disk->size, FS_BLOCK) / FS_BLOCK;
    int error = 0;
    for (uint64_t i = end; i < FS_DIRECT && error == 0; i++) {
        error = free_tree(op, inode, &disk->direct[i], 0, 0);
    }
    if (error == 0) {
        error = free_tree(op, inode, &disk->indirect, 1, past(end, FS_DIRECT));
    }
    if (error == 0) {
        error = free_tree(op, inode, &disk->double_indirect, 2,
                          past(end, FS_DIRECT + FS_POINTERS));
    }
    return error;
}

/* One operation of inode_trim; -EAGAIN to go on.  A file without names stays on
   the list of orphans as long as somebody uses it.  One that is dying goes with
   its last block, out of the table first, or who is given its number next would
   find it there. */
static int trim_once(struct inode *inode)
{
    struct op op;
    int error = alloc_begin_free(&op, TRIM_BLOCKS);
    if (error != 0) {
        return error;
    }
    sleeplock_acquire(&inode->lock);
    error = inode_touch(&op, inode);
    if (error == 0 && inode->untrimmed) {
        bool dies = inode->dying; // since nobody but us has it
        error = trim_step(&op, inode);
        if (error == 0 && (dies || inode->disk.links > 0)) {
            error = orphan_remove(&op, inode);
        }
        inode->untrimmed = error != 0;
        if (error == 0 && dies) {
            inode_forget(inode);
            alloc_free_inode(&op, inode->number); // pinned: cannot fail
        } else {
            inode_update(&op, inode);
        }
    }
    sleeplock_release(&inode->lock);
    log_end(&op);
    return error;
}

int inode_trim(struct inode *inode)
{
    int error;
    do {
        error = trim_once(inode);
    } while (error == -EAGAIN);
    return error;
}

/* Change the size, and free what one operation can. */
static int truncate_locked(struct op *op, struct inode *inode, uint64_t size)
{
    int error = check_change(inode, size);
    if (error == 0) {
        error = inode_touch(op, inode);
    }
    if (error == 0) {
        error = size < inode->disk.size ? clear_tail(op, inode, size)
                                        : remove_stain(op, inode);
    }
    if (error != 0) {
        return error;
    }
    bool shrinks = size < inode->disk.size;
    pager_unmap(&inode->pager, round_up(size, FS_BLOCK) / FS_BLOCK,
                round_up(inode->disk.size, FS_BLOCK) / FS_BLOCK);
    inode->disk.size = size;
    inode->disk.mtime = clock_wall();
    if (shrinks && !inode->untrimmed) {
        inode->untrimmed = trim_step(op, inode) != 0;
    }
    if (inode->untrimmed) {
        orphan_add(op, inode);
    }
    inode_update(op, inode);
    return 0;
}

int inode_truncate(struct inode *inode, uint64_t size)
{
    struct op op;
    int error;
    do {
        error = alloc_begin_free(&op, TRIM_BLOCKS);
        if (error != 0) {
            return error;
        }
        sleeplock_acquire(&inode->lock);
        error = truncate_locked(&op, inode, size);
        bool untrimmed = inode->untrimmed;
        sleeplock_release(&inode->lock);
        log_end(&op);
        if (untrimmed && (error == 0 || error == -EAGAIN)) {
            int trimmed = inode_trim(inode);
            error = error == -EAGAIN && trimmed != 0 ? trimmed : error;
        }
    } while (error == -EAGAIN);
    return error;
}
