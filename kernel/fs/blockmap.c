#include "fs/blockmap.h"
#include "dev/block.h"
#include "disk/alloc.h"
#include "disk/bcache.h"
#include "disk/format.h"
#include "disk/log.h"
#include "disk/volume.h"
#include "fs/inode.h"
#include "mm/page.h"

/*
 * The block map.
 *
 * A file is a sequence of blocks.  Its inode names the first 20; the next 1024
 * are named in the indirect block, the rest in 1024 more such blocks, which the
 * double-indirect block names.  Block number 0 is a hole: it reads as zeros.
 *
 *  1. Every block number is checked before it is followed, so a file can reach
 *     only the data area, whatever is on the disk.
 *  2. The pages of a file are the cached blocks themselves.  All holes share
 *     one page of zeros.
 *  3. Changing a block adds the blocks that are missing on the path to it.  If
 *     one of them cannot be had, those added before it are freed again: a full
 *     disk loses no blocks.
 *
 * Locks: the caller holds the inode's lock.
 */
struct page *blockmap_zeros;

/* The path to a block of a file: where in the inode it begins, and which entry
   to follow in each indirect block on it. */
struct block_path {
    uint32_t *from;
    int depth; // indirect blocks on the path
    uint32_t entry[2];
};

/* Work out the path to block `index`. */
static inline struct block_path block_path(struct fs_inode *disk,
                                           uint64_t index)
{
    assert(index < FS_FILE_MAX / FS_BLOCK);
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

/* ---- reading ------------------------------------------------------------ */

/* Follow the path to a block.  Inline because every read comes here. */
inline int64_t blockmap_find(struct inode *inode, uint64_t index)
{
    struct block_path path = block_path(&inode->disk, index);
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
        block = numbers[path.entry[i]];
        page_put(page);
    }
    return block;
}

/* Read block `index` of a file from the disk, where it is `block`.  If the file
   is read from its beginning, or on from what is cached, read with it the
   blocks behind it that also follow it on the disk. */
static SLOW_PATH int blockmap_read_ahead(struct inode *inode, uint64_t index,
                                         uint64_t block, struct page **out)
{
    uint64_t end = inode_blocks(inode);
    bool goes_on = index == 0 || bcache_peek(block - 1) != NULL;
    uint64_t most =
        goes_on && index < end ? min_u64(end - index, BLOCK_RUN) : 1;
    uint64_t n = 1;
    while (n < most &&
           blockmap_find(inode, index + n) == (int64_t)(block + n)) {
        n++;
    }
    return bcache_read(block, n, out);
}

int blockmap_read(struct inode *inode, uint64_t index, struct page **out)
{
    check_that(inode->lock.state != 0); // alone, or shared
    int64_t block = blockmap_find(inode, index);
    if (block < 0) {
        return (int)block;
    }
    if (block == 0) {
        page_ref(blockmap_zeros);
        *out = blockmap_zeros;
        return 0;
    }
    int error = bcache_find((uint64_t)block, out);
    return error != 0 || *out != NULL
               ? error
               : blockmap_read_ahead(inode, index, (uint64_t)block, out);
}

/* ---- changing ----------------------------------------------------------- */

/* A walk along the path to a block, which adds the blocks that are missing. */
struct growth {
    struct op *op;
    struct inode *inode;
    struct block_path path;
    bool whole; // the block at the end of the path will be written as a whole
};

/* Get the page of a block that the file has. */
static int growth_get(const struct growth *growth, uint32_t block, bool whole,
                      struct page **out)
{
    if (!format_is_data(&volume.super, block)) {
        return volume_damaged(growth->inode->number, "bad block number");
    }
    return whole ? bcache_get_blank(block, false, out) : bcache_get(block, out);
}

/* Allocate a block, store its number at `at`, and get its page.  On a damaged
   disk, where two files name one block, an older page of it may be cached. */
static int growth_add(const struct growth *growth, uint32_t *at, bool whole,
                      struct page **out)
{
    uint32_t block;
    int error = alloc_block(growth->op, growth->inode->goal, &block);
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
    growth->inode->goal = block + 1;
    growth->inode->disk.blocks++;
    *at = block;
    return 0;
}

/* Go to the block named at `at`, and from there to the end of the path.  If
   that fails, free the block again if it is a new one. */
static int growth_follow(const struct growth *growth, int level, uint32_t *at,
                         struct page **out)
{
    bool is_new = *at == 0;
    bool is_last = level == growth->path.depth;
    bool whole = is_last && growth->whole;
    int error = is_new ? growth_add(growth, at, whole, out)
                       : growth_get(growth, *at, whole, out);
    if (error == 0 && is_last && !is_new) {
        log_change(growth->op, *out);
        growth->inode->goal = *at + 1;
    }
    if (error != 0 || is_last) {
        return error;
    }
    struct page *page = *out;
    uint32_t *next = (uint32_t *)page_address(page) + growth->path.entry[level];
    if (*next == 0) {
        log_change(growth->op, page); // it will name a new block
    }
    error = growth_follow(growth, level + 1, next, out);
    page_put(page);
    if (error != 0 && is_new) {
        alloc_undo(*at);
        growth->inode->disk.blocks--;
        *at = 0;
    }
    return error;
}

/* Get the page of a block for writing.  Mappings that show the page of zeros
   for a hole must not go on doing so when it gets a block. */
int blockmap_change(struct op *op, struct inode *inode, uint64_t index,
                    bool whole, struct page **out)
{
    assert_owned(&inode->lock);
    struct growth growth = {op, inode, block_path(&inode->disk, index), whole};
    uint32_t blocks = inode->disk.blocks;
    int error = growth_follow(&growth, 0, growth.path.from, out);
    if (inode->disk.blocks != blocks) {
        pager_unmap(&inode->pager, index, index + 1);
    }
    return error;
}

/* ---- freeing ------------------------------------------------------------ */

/* How far `index` is past `base`; 0 when it is before. */
static uint64_t blocks_past(uint64_t index, uint64_t base)
{
    return index > base ? index - base : 0;
}

/* Free the block whose number is at `at`. */
static int blockmap_free_at(struct op *op, struct inode *inode, uint32_t *at)
{
    int error = op->left > TRIM_KEEP ? alloc_free(op, *at) : BLOCKS_LEFT;
    if (error == 0) {
        *at = 0;
        inode->disk.blocks -= inode->disk.blocks > 0;
    }
    return error;
}

/* Free the blocks below the one whose number is at `at`, from the `from`-th of
   them on; that one, too, if none is left.  It is `depth` levels above the
   blocks of the file.  A number outside the data area is dropped. */
static int blockmap_free_tree(struct op *op, struct inode *inode, uint32_t *at,
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
        return blockmap_free_at(op, inode, at);
    }
    int error = bcache_get(*at, &page);
    if (error != 0) {
        return error;
    }
    log_change(op, page);
    uint32_t *numbers = page_address(page);
    for (uint64_t i = from / span; i < FS_POINTERS && error == 0; i++) {
        error = blockmap_free_tree(op, inode, &numbers[i], depth - 1,
                                   blocks_past(from, i * span));
    }
    page_put(page);
    // On a damaged disk the block may have named itself, and is free by now.
    bool is_left = error == 0 && from == 0 && *at != 0;
    return is_left ? blockmap_free_at(op, inode, at) : error;
}

int blockmap_trim(struct op *op, struct inode *inode)
{
    assert_owned(&inode->lock);
    struct fs_inode *disk = &inode->disk;
    uint64_t end = inode_blocks(inode);
    int error = 0;
    for (uint64_t i = end; i < FS_DIRECT && error == 0; i++) {
        error = blockmap_free_tree(op, inode, &disk->direct[i], 0, 0);
    }
    if (error == 0) {
        error = blockmap_free_tree(op, inode, &disk->indirect, 1,
                                   blocks_past(end, FS_DIRECT));
    }
    if (error == 0) {
        error = blockmap_free_tree(op, inode, &disk->double_indirect, 2,
                                   blocks_past(end, FS_DIRECT + FS_POINTERS));
    }
    return error;
}
