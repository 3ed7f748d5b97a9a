#include "disk/alloc.h"
#include "api/errno.h"
#include "disk/bcache.h"
#include "disk/format.h"
#include "disk/log.h"
#include "disk/volume.h"
#include "lib/bits.h"
#include "lib/panic.h"
#include "lib/str.h"
#include "mm/page.h"
#include "proc/sleeplock.h"

/*
 * Free space.
 *
 * Blocks.  A block is free when its bit in the bitmap is clear.  A file's next
 * block is looked for right behind its last one, other blocks where the last
 * search ended.
 *
 * A block that is freed must not be used again before its freeing is committed
 * and the log has no older record that could write to it (disk/log.c, 4).  So
 * in memory its bit stays set until then; it is on a list, as part of a run of
 * blocks, and only the copies that go to the disk have the bit clear.
 *
 * Inodes.  The search begins at `inode_hint`, below which all are in use.
 *
 * Lock: alloc.lock over all of it.  alloc_before_copy and alloc_after_copy run
 * while no operation is open, so nobody else is here.
 */
#define RUNS     2048 // of freed blocks
#define RUNS_LOW 128  // an operation that frees wants so many left

struct freed_run {
    uint32_t start;
    uint32_t count;
};

static struct {
    struct sleeplock lock;
    uint64_t rotor;   // where the search for a block begins
    uint64_t free;    // blocks whose bit is clear
    uint64_t pending; // blocks on the list
    uint32_t inode_hint;
    uint32_t runs;       // on the list
    uint32_t committing; // of these, the first, freed by the transaction that
                         // is being committed
    struct freed_run run[RUNS];
} alloc;

/* ---- the bitmap --------------------------------------------------------- */

/* The block of the bitmap that has a block's bit, and the word there. */
static uint64_t bitmap_block(uint64_t block)
{
    return volume.super.bitmap.start + block / FS_BITS_PER_BLOCK;
}

static uint64_t *bitmap_word(const struct page *page, uint64_t block)
{
    uint64_t *words = page_address(page);
    return &words[block % FS_BITS_PER_BLOCK / 64];
}

/* Where the block of the bitmap that has a block's bit ends, or `to` if that
   comes first. */
static uint64_t bitmap_end(uint64_t block, uint64_t to)
{
    return min_u64(to, round_up(block + 1, FS_BITS_PER_BLOCK));
}

/* The free blocks in [from, to), of the 64 whose bits are in the word with
   that of block `base`. */
static uint64_t free_bits(const struct page *page, uint64_t base, uint64_t from,
                          uint64_t to)
{
    uint64_t free = ~*bitmap_word(page, base);
    if (from > base) {
        free &= ~0UL << (from - base);
    }
    if (to < base + 64) {
        free &= (1UL << (to - base)) - 1;
    }
    return free;
}

/* Count the set bits of a word (Hacker's Delight, 5-1). */
static uint64_t count_bits(uint64_t word)
{
    word -= word >> 1 & 0x5555555555555555;
    word = (word & 0x3333333333333333) + (word >> 2 & 0x3333333333333333);
    word = (word + (word >> 4)) & 0x0f0f0f0f0f0f0f0f;
    return word * 0x0101010101010101 >> 56;
}

/* Find a clear bit in one block of the bitmap, for a block in [from, to); 0
   when there is none. */
static uint64_t bitmap_search(const struct page *page, uint64_t from,
                              uint64_t to)
{
    for (uint64_t base = round_down(from, 64); base < to; base += 64) {
        uint64_t free = free_bits(page, base, from, to);
        if (free != 0) {
            return base + bit_lowest(free);
        }
    }
    return 0;
}

/* Take the first free block in [from, to).  0, -ENOSPC, -EIO, -ENOMEM. */
static int take_block(struct op *op, uint64_t from, uint64_t to, uint32_t *out)
{
    int error = -ENOSPC;
    while (error == -ENOSPC && from < to && alloc.free > 0) {
        uint64_t end = bitmap_end(from, to);
        struct page *page;
        error = bcache_get(bitmap_block(from), &page);
        if (error != 0) {
            return error;
        }
        uint64_t found = bitmap_search(page, from, end);
        if (found != 0) {
            log_change(op, page);
            *bitmap_word(page, found) |= 1UL << found % 64;
            *out = (uint32_t)found;
        }
        error = found != 0 ? 0 : -ENOSPC;
        page_put(page);
        from = end;
    }
    return error;
}

/* Take a block: from the goal to the end, then from the start to the goal. */
int alloc_block(struct op *op, uint64_t goal, uint32_t *out)
{
    const struct fs_area *data = &volume.super.data;
    sleeplock_acquire(&alloc.lock);
    if (!format_is_data(&volume.super, goal)) {
        goal = alloc.rotor;
    }
    int error = take_block(op, goal, data->start + data->count, out);
    if (error == -ENOSPC) {
        error = take_block(op, data->start, goal, out);
    }
    if (error == 0) {
        alloc.free--;
        alloc.rotor = *out;
    }
    sleeplock_release(&alloc.lock);
    return error;
}

/* Give a block back that nobody knows yet; its bitmap block is pinned.  The
   page goes first: once the bit is clear, somebody else may have the block. */
void alloc_undo(uint32_t block)
{
    bcache_forget(block);
    sleeplock_acquire(&alloc.lock);
    struct page *page = bcache_peek(bitmap_block(block));
    *bitmap_word(page, block) &= ~(1UL << block % 64);
    alloc.free++;
    sleeplock_release(&alloc.lock);
}

/* ---- freed blocks ------------------------------------------------------- */

/* Not when the list is nearly full, nor when most free blocks are on it: a
   write that finds none would have to be done in two parts. */
bool alloc_can_free(void)
{
    return atomic_load_relaxed(&alloc.runs) < RUNS - RUNS_LOW &&
           atomic_load_relaxed(&alloc.pending) <=
               atomic_load_relaxed(&alloc.free);
}

/* Note a block as freed; false when there is no room. */
static bool note_freed(uint32_t block)
{
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
    return true;
}

/* Free a block: bring its bitmap block into the transaction and note it. */
int alloc_free(struct op *op, uint32_t block)
{
    struct page *page;
    int error = bcache_get(bitmap_block(block), &page);
    if (error != 0) {
        return error;
    }
    sleeplock_acquire(&alloc.lock);
    if (note_freed(block)) {
        log_change(op, page);
        bcache_forget(block);
    } else {
        error = -EAGAIN;
    }
    sleeplock_release(&alloc.lock);
    page_put(page);
    return error;
}

/* Set or clear the bits of all blocks of the first runs; how many were not
   so. */
static uint64_t mark_all(uint32_t runs, bool used)
{
    const struct page *page = NULL;
    uint64_t at = 0; // the block of the bitmap that it has
    uint64_t changed = 0;
    for (uint32_t i = 0; i < runs; i++) {
        uint64_t end = (uint64_t)alloc.run[i].start + alloc.run[i].count;
        for (uint64_t n = alloc.run[i].start; n < end; n++) {
            if (bitmap_block(n) != at) {
                at = bitmap_block(n);
                page = bcache_peek(at);
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

void alloc_before_copy(void)
{
    assert(alloc.committing == 0);
    mark_all(alloc.runs, false);
}

void alloc_after_copy(void)
{
    mark_all(alloc.runs, true);
    alloc.committing = alloc.runs;
}

/* The blocks of the committed transaction are free from now on. */
void alloc_committed(void)
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

uint64_t alloc_count_free(void)
{
    return alloc.free + alloc.pending;
}

/* ---- inodes ------------------------------------------------------------- */

/* The page with an inode on disk, with a reference, and the inode there. */
static int inode_slot(uint32_t number, struct page **page,
                      struct fs_inode **slot)
{
    int error = bcache_get(
        volume.super.inodes.start + number / FS_INODES_PER_BLOCK, page);
    if (error == 0) {
        *slot = page_address(*page);
        *slot += number % FS_INODES_PER_BLOCK;
    }
    return error;
}

/* Take the first free inode of the block that has the one at the hint, from
   there on; the hint moves past all that are in use.  0, -ENOSPC, -EIO,
   -ENOMEM. */
static int take_inode(struct op *op, const struct fs_inode *disk, uint32_t *out)
{
    struct page *page;
    struct fs_inode *slot;
    int error = inode_slot(alloc.inode_hint, &page, &slot);
    if (error != 0) {
        return error;
    }
    error = -ENOSPC;
    do {
        *out = alloc.inode_hint++;
        if (slot->type == FS_FREE) {
            log_change(op, page);
            *slot = *disk;
            error = 0;
        }
        slot++;
    } while (error != 0 && alloc.inode_hint % FS_INODES_PER_BLOCK != 0);
    page_put(page);
    return error;
}

/* Take the first free inode. */
int alloc_inode(struct op *op, const struct fs_inode *disk, uint32_t *out)
{
    int error = -ENOSPC;
    sleeplock_acquire(&alloc.lock);
    while (error == -ENOSPC &&
           alloc.inode_hint < format_inodes(&volume.super)) {
        error = take_inode(op, disk, out);
    }
    sleeplock_release(&alloc.lock);
    return error;
}

/* A free inode is zero. */
int alloc_free_inode(struct op *op, uint32_t number)
{
    struct page *page;
    struct fs_inode *slot;
    sleeplock_acquire(&alloc.lock);
    int error = inode_slot(number, &page, &slot);
    if (error == 0) {
        log_change(op, page);
        memset(slot, 0, sizeof(*slot));
        page_put(page);
        alloc.inode_hint = (uint32_t)min_u64(alloc.inode_hint, number);
    }
    sleeplock_release(&alloc.lock);
    return error;
}

int64_t alloc_count_inodes(void)
{
    int64_t count = 0;
    for (uint32_t number = 0; number < format_inodes(&volume.super);
         number += FS_INODES_PER_BLOCK) {
        struct page *page;
        struct fs_inode *slot;
        int error = inode_slot(number, &page, &slot);
        if (error != 0) {
            return error;
        }
        for (int i = 0; i < FS_INODES_PER_BLOCK; i++) {
            count += slot[i].type == FS_FREE;
        }
        page_put(page);
    }
    return count - 1; // number 0 is never used
}

/* ---- the beginning ------------------------------------------------------ */

/* Count the free blocks; 0, -EIO or -ENOMEM. */
int alloc_init(void)
{
    const struct fs_area *data = &volume.super.data;
    uint64_t end = data->start + data->count;
    memset(&alloc, 0, sizeof(alloc));
    sleeplock_init(&alloc.lock, "alloc", RANK_ALLOC);
    alloc.rotor = data->start;
    alloc.inode_hint = FS_ROOT;
    for (uint64_t from = data->start; from < end;) {
        uint64_t to = bitmap_end(from, end);
        struct page *page;
        int error = bcache_get(bitmap_block(from), &page);
        if (error != 0) {
            return error;
        }
        for (uint64_t base = round_down(from, 64); base < to; base += 64) {
            alloc.free += count_bits(free_bits(page, base, from, to));
        }
        page_put(page);
        from = to;
    }
    return 0;
}
