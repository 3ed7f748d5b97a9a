#include "disk/alloc.h"
#include "disk/bcache.h"
#include "disk/format.h"
#include "disk/log.h"
#include "disk/volume.h"
#include "lib/str.h"
#include "mm/page.h"
#include "proc/proc.h"
#include "sched/sleeplock.h"

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
 * Inodes.  Those that were in use once are on a list, the others follow each
 * other; so none is ever searched for.
 *
 * How many blocks and inodes are free, and the list, begin with what the
 * superblock says, and go there with each transaction that changes them.  So
 * nothing is counted when mounting.
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
    uint64_t rotor;       // where the search for a block begins
    uint64_t free;        // blocks whose bit is clear
    uint64_t pending;     // blocks on the list
    uint64_t free_inodes; // this and the next two are as in the superblock
    uint64_t free_inode;
    uint64_t new_inode;
    bool is_changed;     // these or what is free, since they were written there
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

/* Take the first free block in [from, to).  0, -ENOSPC, -EIO, -ENOMEM,
   -EINTR. */
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
        error = found != 0         ? 0
                : proc_is_killed() ? -EINTR // there may be very many
                                   : -ENOSPC;
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
        alloc.is_changed = true;
        alloc.rotor = *out;
    } else if (error == -ENOSPC) {
        alloc.free = 0; // a damaged superblock may have said otherwise
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
    alloc.is_changed = true;
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

bool alloc_before_copy(void)
{
    struct fs_super *super = page_address(volume.super_page);
    bool was_changed = alloc.is_changed;
    assert(alloc.committing == 0);
    // On a damaged disk they may be too high, and must not get past what is
    // mounted.
    uint64_t free = alloc.free + mark_all(alloc.runs, false);
    super->free_blocks = min_u64(free, volume.super.data.count);
    super->free_inodes =
        min_u64(alloc.free_inodes, format_inodes(&volume.super) - 1);
    super->free_inode = alloc.free_inode;
    super->new_inode = alloc.new_inode;
    alloc.is_changed = false;
    return was_changed;
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

/* Take the first free inode of the list, or the first that was never used.  One
   that is in use all the same, on a damaged disk, is left behind, and with it
   the rest of the list. */
int alloc_inode(struct op *op, const struct fs_inode *disk, uint32_t *out)
{
    struct page *page;
    struct fs_inode *slot;
    sleeplock_acquire(&alloc.lock);
    bool is_new = alloc.free_inode == 0;
    *out = (uint32_t)(is_new ? alloc.new_inode : alloc.free_inode);
    int error = format_is_inode(&volume.super, *out)
                    ? inode_slot(*out, &page, &slot)
                    : -ENOSPC;
    if (error == 0) {
        bool is_free = slot->type == FS_FREE;
        uint32_t next = is_free ? slot->next : 0;
        alloc.is_changed = true;
        alloc.new_inode += is_new;
        alloc.free_inode = format_is_inode(&volume.super, next) ? next : 0;
        if (is_free) {
            log_change(op, page);
            *slot = *disk;
            alloc.free_inodes -= alloc.free_inodes > 0;
        } else {
            error =
                volume_damaged(*out, "in use, but on the list of free ones");
        }
        page_put(page);
    }
    sleeplock_release(&alloc.lock);
    return error;
}

/* Put an inode on the list of free ones. */
int alloc_free_inode(struct op *op, uint32_t number)
{
    struct page *page;
    struct fs_inode *slot;
    sleeplock_acquire(&alloc.lock);
    int error = inode_slot(number, &page, &slot);
    if (error == 0) {
        log_change(op, page);
        *slot = (struct fs_inode){.next = (uint32_t)alloc.free_inode};
        alloc.is_changed = true;
        alloc.free_inode = number;
        alloc.free_inodes++;
        page_put(page);
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

/* Begin with what the superblock says. */
void alloc_init(void)
{
    const struct fs_super *super = &volume.super;
    memset(&alloc, 0, sizeof(alloc));
    sleeplock_init(&alloc.lock, "alloc", RANK_ALLOC);
    alloc.rotor = super->data.start;
    alloc.free = super->free_blocks;
    alloc.free_inodes = super->free_inodes;
    alloc.free_inode = super->free_inode;
    alloc.new_inode = super->new_inode;
}
