#include "fs/bcache.h"
#include "api/errno.h"
#include "dev/block.h"
#include "fs/hash.h"
#include "lib/str.h"
#include "mm/page.h"
#include "proc/waitq.h"

/*
 * The block cache.
 *
 * A cached block is a page on a hash chain, found by its block number, and on
 * one list of all cached pages.  What a block holds is not known here: file
 * contents, directories, inodes, bitmaps and indirect blocks are all the same,
 * and a page of a program that runs is the cached block itself.
 *
 *  1. A page is on its chain and on the list, with one reference of the cache
 *     for both, or on neither.
 *  2. A new user takes its reference under the lock, or copies one that it
 *     has.  So a page whose only reference is the cache's, seen under the
 *     lock, is nobody's and can be freed.
 *  3. BC_READING is set from the time a page goes on its chain until its bytes
 *     are there.  Who finds it set waits; who set it does the reading.
 *  4. A page whose reading failed leaves the cache at once with BC_FAILED set,
 *     so those who waited for it learn of the failure and the next one who
 *     asks tries the device again.
 *
 * Reclaiming goes round the list like the hand of a clock: a page used since
 * the last visit (BC_USED) is spared once.
 *
 * Locks: `lock`, rank BCACHE, guards chains, list and flags; it is never held
 * over a transfer or an allocation.
 */

/* flags of a PAGE_CACHE page */
#define BC_READING 1
#define BC_FAILED  2
#define BC_USED    4

#define CHAIN_BITS  14
#define READ_QUEUES 16 // so that a finished read wakes few that wait for others
#define BATCH       64 // pages looked at before the lock is released

static struct {
    struct spinlock lock;
    struct page *chain[1 << CHAIN_BITS]; // by block number
    struct list pages;                   // the next to be reclaimed first
    size_t count;                        // of pages on the list
    struct block_device *dev;            // [i]
    struct waitq read_done[READ_QUEUES];
} bcache;

/* The chain that has a block's page. */
static struct page **bcache_chain(uint64_t block)
{
    return &bcache.chain[hash_bits(block, CHAIN_BITS)];
}

/* Where those wait who want a page that is being read in. */
static struct waitq *bcache_queue(const struct page *page)
{
    return &bcache.read_done[page->block % READ_QUEUES];
}

/* Find a block's page and take a reference; NULL when it is not cached. */
static struct page *bcache_find_locked(uint64_t block)
{
    struct page *page = *bcache_chain(block);
    while (page != NULL && page->block != block) {
        page = page->hash_next;
    }
    if (page != NULL) {
        page_ref(page);
        page->flags |= BC_USED;
    }
    return page;
}

/* Enter a page whose bytes are still to be read; a reference passes to the
   cache. */
static void bcache_insert_locked(struct page *page, uint64_t block)
{
    struct page **chain = bcache_chain(block);
    page->block = block;
    page->flags = BC_READING | BC_USED;
    page->hash_next = *chain;
    *chain = page;
    list_push_back(&bcache.pages, &page->link);
    bcache.count++;
}

/* Forget a page: take it off chain and list and drop the cache's reference. */
static void bcache_remove_locked(struct page *page)
{
    struct page **at = bcache_chain(page->block);
    while (*at != page) {
        at = &(*at)->hash_next;
    }
    *at = page->hash_next;
    list_remove(&page->link);
    bcache.count--;
    page_put(page);
}

/* Read in a page just entered and tell those who wait.  0 or -EIO.
   Sleeps: yes. */
static int bcache_fill(struct page *page)
{
    int error = block_read(bcache.dev, page->block, &page, 1);
    spin_acquire(&bcache.lock);
    page->flags &= (uint8_t)~BC_READING;
    if (error != 0) {
        page->flags |= BC_FAILED;
        bcache_remove_locked(page);
    }
    spin_release(&bcache.lock);
    waitq_wake_all(bcache_queue(page));
    return error;
}

/* Wait until somebody else has read a page in.  0 or -EIO.  Sleeps: yes. */
static int bcache_wait_locked(struct page *page)
{
    while ((page->flags & BC_READING) != 0) {
        waitq_wait(bcache_queue(page), &bcache.lock);
    }
    return (page->flags & BC_FAILED) != 0 ? -EIO : 0;
}

/*
 * Bring in a block that was not cached a moment ago.  Another thread may enter
 * it while this one allocates; then that page is the one.  0, -EIO or -ENOMEM.
 * Sleeps: yes.
 */
static int bcache_get_absent(uint64_t block, struct page **out)
{
    struct page *fresh = page_alloc(PAGE_CACHE);
    if (fresh == NULL) {
        return -ENOMEM;
    }
    spin_acquire(&bcache.lock);
    *out = bcache_find_locked(block);
    if (*out == NULL) {
        page_ref(fresh); // one for the cache, one for the caller
        bcache_insert_locked(fresh, block);
        spin_release(&bcache.lock);
        *out = fresh;
        return bcache_fill(fresh);
    }
    int error = bcache_wait_locked(*out);
    spin_release(&bcache.lock);
    page_put(fresh);
    return error;
}

/*
 * Return in *out the page of a block, read in, with a reference.  0, -EIO or
 * -ENOMEM.  Locks: takes bcache.lock.  Sleeps: yes.
 */
int bcache_get(uint64_t block, struct page **out)
{
    spin_acquire(&bcache.lock);
    struct page *page = bcache_find_locked(block);
    int error = page != NULL ? bcache_wait_locked(page) : 0;
    spin_release(&bcache.lock);
    if (page == NULL) {
        error = bcache_get_absent(block, &page);
    }
    if (error != 0 && page != NULL) {
        page_put(page);
        return error;
    }
    *out = page;
    return error;
}

/*
 * Move the hand on by one page and free that page if nobody uses it and none
 * did lately.  Returns the number of pages freed.
 */
static size_t bcache_reclaim_one_locked(void)
{
    if (list_is_empty(&bcache.pages)) {
        return 0;
    }
    struct page *page = list_entry(bcache.pages.next, struct page, link);
    uint32_t refs = __atomic_load_n(&page->refs, __ATOMIC_ACQUIRE);
    if (refs == 1 && (page->flags & BC_USED) == 0) {
        bcache_remove_locked(page);
        return 1;
    }
    page->flags &= (uint8_t)~BC_USED;
    list_remove(&page->link);
    list_push_back(&bcache.pages, &page->link);
    return 0;
}

/*
 * Free up to `want` unused pages, in pieces that hold the lock briefly; two
 * rounds at most, since the first may only clear marks.  Returns how many.
 */
size_t bcache_reclaim(size_t want)
{
    size_t freed = 0;
    size_t visits = 2 * bcache_count_clean();
    while (freed < want && visits > 0) {
        spin_acquire(&bcache.lock);
        for (int i = 0; i < BATCH && freed < want && visits > 0; i++) {
            freed += bcache_reclaim_one_locked();
            visits--;
        }
        spin_release(&bcache.lock);
    }
    return freed;
}

/* Number of cached blocks; none is dirty, so each can be read again. */
size_t bcache_count_clean(void)
{
    return __atomic_load_n(&bcache.count, __ATOMIC_RELAXED);
}

/* Prepare an empty cache of `dev`. */
void bcache_init(struct block_device *dev)
{
    memset(&bcache, 0, sizeof(bcache));
    spin_init(&bcache.lock, "bcache", RANK_BCACHE);
    list_init(&bcache.pages);
    for (int i = 0; i < READ_QUEUES; i++) {
        waitq_init(&bcache.read_done[i], "block read");
    }
    bcache.dev = dev;
}
