#include "disk/alloc.h"
#include "disk/bcache.h"
#include "disk/format.h"
#include "disk/log.h"
#include "disk/volume.h"
#include "lib/str.h"
#include "mm/page.h"
#include "sched/sleeplock.h"

/*
 * Free space.
 *
 * Blocks.  A block is free when its bit in the bitmap is clear.  The search for
 * a file's next block begins right behind its last one, that for other blocks
 * where the last search ended.
 *
 * A freed block must not be used again before its freeing is committed and the
 * log has no older record that could write to it (disk/log.c, 4).  So its bit
 * in the cached bitmap stays set until then.  The block is part of a run on a
 * list; before the bitmap is copied for a commit the bits of all runs are
 * cleared, and afterwards they are set again.
 *
 * Inodes.  Those that were in use once are on a list, the others follow each
 * other; so nothing is searched for.
 *
 * The counts of free blocks and inodes, and the list of inodes, begin with what
 * the superblock says, and are written there in each transaction that changes
 * them.  So mounting counts nothing.
 *
 * Lock: alloc.lock over all of it.  The hooks alloc_before_copy and
 * alloc_after_copy run while no operation is open, so nobody else is here.
 */
#define RUNS 2048 // of freed blocks: 16 KiB

// With fewer left, an operation that frees waits for a commit first.  So one
// that begins alone can free this many blocks before it must stop and begin
// anew.
#define RUNS_LOW 128

struct freed_run {
    uint32_t start;
    uint32_t count;
};

static struct {
    struct sleeplock lock;
    uint64_t rotor;       // where the search for a block begins
    uint64_t free;        // [a] blocks whose bit is clear
    uint64_t pending;     // [a] blocks on the list
    uint64_t free_inodes; // this and the next two are as in the superblock
    uint64_t free_inode;
    uint64_t new_inode;
    bool is_changed;     // these or `free`, since they were written there
    uint32_t runs;       // [a] on the list
    uint32_t committing; // of these, the first, freed by the transaction that
                         // is being committed
    struct freed_run run[RUNS];
} alloc; // [a]: changed under the lock, read without it

/* ---- the bitmap --------------------------------------------------------- */

/* The block of the bitmap with a block's bit. */
static uint64_t bitmap_block(uint64_t block)
{
    return volume.super.bitmap.start + block / FS_BITS_PER_BLOCK;
}

/* The word with a block's bit, in the page of that block of the bitmap. */
static uint64_t *bitmap_word(const struct page *page, uint64_t block)
{
    uint64_t *words = page_address(page);
    return &words[block % FS_BITS_PER_BLOCK / 64];
}

/* Find a clear bit in one block of the bitmap, for a block in [from, to); 0
   when there is none. */
static uint64_t bitmap_search(const struct page *page, uint64_t from,
                              uint64_t to)
{
    for (uint64_t base = round_down(from, 64); base < to; base += 64) {
        uint64_t free = ~*bitmap_word(page, base);
        if (base < from) {
            free &= ~0UL << (from - base);
        }
        if (free != 0) {
            uint64_t found = base + bit_lowest(free);
            return found < to ? found : 0;
        }
    }
    return 0;
}

/* Take the first free block in [from, to).  0, -ENOSPC, -EIO, -ENOMEM, -EINTR.
   Lock: alloc.lock. */
static int take_block_locked(struct op *op, uint64_t from, uint64_t to,
                             uint32_t *out)
{
    assert_owned(&alloc.lock);
    while (from < to && alloc.free > 0) {
        struct page *page;
        int error = bcache_get(bitmap_block(from), &page);
        if (error != 0) {
            return error;
        }
        uint64_t end = min_u64(to, round_up(from + 1, FS_BITS_PER_BLOCK));
        uint64_t found = bitmap_search(page, from, end);
        if (found != 0) {
            log_change(op, page);
            *bitmap_word(page, found) |= 1UL << found % 64;
            *out = (uint32_t)found;
        }
        page_put(page);
        if (found != 0 || thread_is_killed()) { // the search may take long
            return found != 0 ? 0 : -EINTR;
        }
        from = end;
    }
    return -ENOSPC;
}

/* Search from the goal to the end, then from the start to the goal. */
int alloc_block(struct op *op, uint64_t goal, uint32_t *out)
{
    const struct fs_area *data = &volume.super.data;
    sleeplock_acquire(&alloc.lock);
    if (!format_is_data(&volume.super, goal)) {
        goal = alloc.rotor;
    }
    int error = take_block_locked(op, goal, data->start + data->count, out);
    if (error == -ENOSPC) {
        error = take_block_locked(op, data->start, goal, out);
    }
    if (error == 0) {
        alloc.free--;
        alloc.is_changed = true;
        alloc.rotor = *out;
    } else if (error == -ENOSPC) {
        alloc.free = 0; // a damaged superblock may have said otherwise
    }
    sleeplock_release(&alloc.lock);
    return error;
}

/* The block of the bitmap is pinned, since this transaction has changed it.
   The cache forgets the block first: once the bit is clear, another file may
   take it. */
void alloc_undo(uint32_t block)
{
    bcache_forget(block);
    sleeplock_acquire(&alloc.lock);
    struct page *page = bcache_peek(bitmap_block(block));
    assert(page != NULL);
    *bitmap_word(page, block) &= ~(1UL << block % 64);
    alloc.free++;
    sleeplock_release(&alloc.lock);
}

/* ---- freed blocks ------------------------------------------------------- */

/* Commits first when the list is nearly full, or has most free blocks: a write
   that found no other would have to be done in two parts.  Others may fill the
   list meanwhile; alloc_free then returns BLOCKS_LEFT. */
int alloc_begin_free(struct op *op, uint32_t blocks)
{
    uint64_t pending = atomic_load_relaxed(&alloc.pending);
    if (pending > atomic_load_relaxed(&alloc.free) ||
        atomic_load_relaxed(&alloc.runs) >= RUNS - RUNS_LOW) {
        log_settle();
    }
    return log_begin(op, blocks);
}

/* Note a block as freed; false when the list is full.  Lock: alloc.lock. */
static bool note_freed_locked(uint32_t block)
{
    assert_owned(&alloc.lock);
    struct freed_run *last =
        alloc.runs > alloc.committing ? &alloc.run[alloc.runs - 1] : NULL;
    if (last != NULL &&
        (last->start + last->count == block || last->start == block + 1)) {
        last->start = (uint32_t)min_u64(last->start, block);
        last->count++;
    } else if (alloc.runs < RUNS) {
        alloc.run[alloc.runs] = (struct freed_run){block, 1};
        atomic_store_relaxed(&alloc.runs, alloc.runs + 1);
    } else {
        return false;
    }
    alloc.pending++;
    alloc.is_changed = true;
    return true;
}

/* The page is forgotten by the cache, but stays with those who have it. */
int alloc_free(struct op *op, uint32_t block)
{
    struct page *page;
    check_that(format_is_data(&volume.super, block));
    int error = bcache_get(bitmap_block(block), &page);
    if (error != 0) {
        return error;
    }
    sleeplock_acquire(&alloc.lock);
    bool noted = note_freed_locked(block);
    if (noted) {
        log_change(op, page);
        bcache_forget(block);
    }
    sleeplock_release(&alloc.lock);
    page_put(page);
    return noted ? 0 : BLOCKS_LEFT;
}

/* Set or clear the bits of all blocks of the first `runs` runs; returns how
   many bits that changed. */
static uint64_t mark_all(uint32_t runs, bool used)
{
    const struct page *page = NULL;
    uint64_t at = 0; // the block of the bitmap in `page`
    uint64_t changed = 0;
    for (uint32_t i = 0; i < runs; i++) {
        uint64_t end = (uint64_t)alloc.run[i].start + alloc.run[i].count;
        for (uint64_t n = alloc.run[i].start; n < end; n++) {
            if (bitmap_block(n) != at) {
                at = bitmap_block(n);
                page = bcache_peek(at);
                check_that(page != NULL); // pinned by alloc_free
            }
            uint64_t *word = bitmap_word(page, n);
            uint64_t before = *word;
            uint64_t bit = 1UL << n % 64;
            *word = used ? before | bit : before & ~bit;
            changed += before != *word;
        }
    }
    return changed;
}

/* log_hooks.before_copy: the bitmap says that freed blocks are free, and the
   superblock how many.  On a damaged disk the counts may be too high; they are
   kept within what a mount accepts. */
static struct page *alloc_before_copy(void)
{
    struct fs_super *super = page_address(volume.super_page);
    bool was_changed = alloc.is_changed;
    uint64_t free = alloc.free + mark_all(alloc.runs, false);
    super->free_blocks = min_u64(free, volume.super.data.count);
    super->free_inodes =
        min_u64(alloc.free_inodes, format_inodes(&volume.super) - 1);
    super->free_inode = alloc.free_inode;
    super->new_inode = alloc.new_inode;
    super->checksum =
        fs_checksum(0, super, offsetof(struct fs_super, checksum));
    alloc.is_changed = false;
    return was_changed ? volume.super_page : NULL;
}

/* log_hooks.after_copy: freed blocks are in use again, until the commit. */
static void alloc_after_copy(void)
{
    assert(alloc.committing == 0);
    mark_all(alloc.runs, true);
    alloc.committing = alloc.runs;
}

/* log_hooks.committed: the blocks that the transaction freed can be used. */
static void alloc_committed(void)
{
    sleeplock_acquire(&alloc.lock);
    alloc.free += mark_all(alloc.committing, false);
    for (uint32_t i = 0; i < alloc.committing; i++) {
        alloc.pending -= alloc.run[i].count;
    }
    alloc.runs -= alloc.committing;
    memmove(alloc.run, &alloc.run[alloc.committing],
            alloc.runs * sizeof(alloc.run[0]));
    alloc.committing = 0;
    sleeplock_release(&alloc.lock);
}

/* ---- inodes ------------------------------------------------------------- */

/* An inode in its cached block, on whose page the caller gets a reference. */
static int alloc_slot(uint64_t number, struct fs_inode **slot)
{
    struct page *page;
    uint64_t block = number / FS_INODES_PER_BLOCK;
    int error = bcache_get(volume.super.inodes.start + block, &page);
    if (error == 0) {
        *slot = page_address(page);
        *slot += number % FS_INODES_PER_BLOCK;
    }
    return error;
}

/* Take the first free inode of the list, or else the first that was never used.
   If that is in use all the same, on a damaged disk, it is passed over, and
   with it the rest of the list. */
int alloc_inode(struct op *op, const struct fs_inode *disk, uint32_t *out)
{
    struct fs_inode *slot;
    sleeplock_acquire(&alloc.lock);
    bool is_new = alloc.free_inode == 0;
    *out = (uint32_t)(is_new ? alloc.new_inode : alloc.free_inode);
    bool any = format_is_inode(&volume.super, *out);
    int error = any ? alloc_slot(*out, &slot) : -ENOSPC;
    if (error == 0) {
        bool is_free = slot->type == FS_FREE;
        uint32_t next = is_free ? slot->next : 0;
        alloc.is_changed = true;
        alloc.new_inode += is_new;
        alloc.free_inode = format_is_inode(&volume.super, next) ? next : 0;
        if (is_free) {
            log_change(op, page_of(slot));
            *slot = *disk;
            alloc.free_inodes -= alloc.free_inodes > 0;
        } else {
            error =
                volume_damaged(*out, "in use, but on the list of free ones");
        }
        page_put(page_of(slot));
    }
    sleeplock_release(&alloc.lock);
    return error;
}

/* The inode becomes the first of the list. */
int alloc_free_inode(struct op *op, uint32_t number)
{
    struct fs_inode *slot;
    check_that(format_is_inode(&volume.super, number));
    sleeplock_acquire(&alloc.lock);
    int error = alloc_slot(number, &slot);
    if (error == 0) {
        log_change(op, page_of(slot));
        *slot = (struct fs_inode){.next = (uint32_t)alloc.free_inode};
        alloc.is_changed = true;
        alloc.free_inode = number;
        alloc.free_inodes++;
        page_put(page_of(slot));
    }
    sleeplock_release(&alloc.lock);
    return error;
}

/* ---- as a whole --------------------------------------------------------- */

void alloc_count(uint64_t *blocks, uint64_t *inodes)
{
    sleeplock_acquire(&alloc.lock);
    *blocks = alloc.free + alloc.pending;
    *inodes = alloc.free_inodes;
    sleeplock_release(&alloc.lock);
}

int alloc_open(struct block_device *dev)
{
    static const struct log_hooks hooks = {alloc_before_copy, alloc_after_copy,
                                           alloc_committed};
    const struct fs_super *super = &volume.super;
    int error = volume_open(dev);
    if (error == 0) {
        error = log_open(&hooks);
    }
    memset(&alloc, 0, sizeof(alloc));
    sleeplock_init(&alloc.lock, "alloc", RANK_ALLOC);
    alloc.rotor = super->data.start;
    alloc.free = super->free_blocks;
    alloc.free_inodes = super->free_inodes;
    alloc.free_inode = super->free_inode;
    alloc.new_inode = super->new_inode;
    if (error == 0 && super->state != FS_CLEAN) {
        kprintf("fs: %s has known errors: run fsck\n", dev->name);
    }
    return error;
}
