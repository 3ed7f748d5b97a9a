#include "disk/bcache.h"
#include "dev/block.h"
#include "lib/str.h"
#include "mm/hash.h"
#include "mm/page.h"
#include "sched/waitq.h"

/*
 * The block cache.
 *
 * A cached block is a page on a hash chain, found by its block number, and on
 * one list of all cached pages.  The cache does not know what a block holds:
 * file contents, directories, inodes, bitmaps and indirect blocks are all the
 * same, and a page of a running program is the cached block itself.
 *
 *  1. A page is on its chain and on the list, with one reference of the cache
 *     for both, or on neither.
 *  2. A new user takes its reference under the lock, or copies one that it
 *     has.  So a page whose only reference is the cache's, seen under the
 *     lock, has no user and can be freed.
 *  3. BC_READING is set from the time a page goes on its chain until its bytes
 *     are there.  The thread that put it there reads; others that find the flag
 *     wait.
 *  4. A page whose reading failed leaves the cache at once with BC_FAILED set.
 *     So those who waited for it learn of the failure, and the next request for
 *     the block tries the device again.
 *  5. A changed page is pinned: it has a reference of the log until its bytes
 *     are in their place on the disk.  So what is not pinned can be read again.
 *  6. A page with BC_WRITING does not change; bcache_mark waits for that.
 *
 * Reclaiming goes round the list like the hand of a clock: a page used since
 * the last visit (BC_USED) is spared once.
 *
 * Locks: `lock`, rank BCACHE, guards chains, list and flags; it is never held
 * over a transfer or an allocation.
 */
#define READ_QUEUES 16 // so that a finished read wakes few that wait for others
#define BATCH       64 // pages visited before the lock is released

static struct {
    struct spinlock lock;     // guards what has no other mark
    struct hash table;        // pages by block number
    struct list pages;        // the next to be reclaimed first
    size_t count;             // [a] of pages on the list
    size_t pinned;            // [a] by the log
    struct block_device *dev; // [i]
    struct waitq read_done[READ_QUEUES];
} bcache; // [a]: changed under the lock, read without it

/* Where threads wait for a change of a page's flags. */
static struct waitq *bcache_queue(const struct page *page)
{
    return &bcache.read_done[page->block % READ_QUEUES];
}

/* Find a block's page; NULL when it is not cached. */
static inline struct page *bcache_find_locked(uint64_t block)
{
    assert_held(&bcache.lock);
    struct page *page = *hash_chain(&bcache.table, block);
    while (page != NULL && page->block != block) {
        page = page->hash_next;
    }
    if (page != NULL) {
        page->flags |= BC_USED;
    }
    return page;
}

/* Take a page off chain and list and drop the cache's reference. */
static void bcache_remove_locked(struct page *page)
{
    assert_held(&bcache.lock);
    hash_remove(hash_chain(&bcache.table, page->block), page, &page->hash_next);
    list_remove(&page->link);
    bcache.count--;
    page_put(page);
}

/* Waits while another thread reads the block.  Locks: takes bcache.lock. */
int bcache_find(uint64_t block, struct page **out)
{
    assert_can_sleep();
    bool failed = false;
    spin_acquire(&bcache.lock);
    struct page *page = bcache_find_locked(block);
    if (page != NULL) {
        page_ref(page);
        while ((page->flags & BC_READING) != 0) {
            waitq_wait(bcache_queue(page), &bcache.lock);
        }
        failed = (page->flags & BC_FAILED) != 0;
    }
    spin_release(&bcache.lock);
    if (failed) {
        page_put(page);
    }
    *out = failed ? NULL : page;
    return failed ? -EIO : 0;
}

/*
 * Make `fresh` the page of a block that was not cached a moment ago.  Its
 * reference passes to the cache, for chain and list, and the caller gets one.
 * False when another thread was faster; then `fresh` is freed.
 */
static bool bcache_enter(uint64_t block, struct page *fresh, uint8_t flags)
{
    spin_acquire(&bcache.lock);
    bool is_first = bcache_find_locked(block) == NULL;
    if (is_first) {
        fresh->block = block;
        fresh->flags = flags | BC_USED;
        hash_insert(hash_chain(&bcache.table, block), fresh, &fresh->hash_next);
        list_push_back(&bcache.pages, &fresh->link);
        bcache.count++;
        page_ref(fresh);
    }
    spin_release(&bcache.lock);
    if (!is_first) {
        page_put(fresh);
    }
    return is_first;
}

/* Wake those who wait for a page that has been read, or could not be. */
static void bcache_filled(struct page *page, bool failed)
{
    spin_acquire(&bcache.lock);
    check_that((page->flags & BC_READING) != 0);
    page->flags &= (uint8_t)~BC_READING;
    page->flags |= failed ? BC_FAILED : 0;
    if (failed && (page->flags & BC_FREED) == 0) { // or it is forgotten already
        bcache_remove_locked(page);
    }
    waitq_wake_all(bcache_queue(page));
    spin_release(&bcache.lock);
}

/* If the blocks cannot be read together, each is tried alone. */
int bcache_read(uint64_t block, size_t count, struct page **out)
{
    struct page *run[BLOCK_RUN] = {NULL};
    size_t n = 0;
    assert(count >= 1 && count <= BLOCK_RUN);
    for (; n < count && (run[n] = page_alloc(PAGE_CACHE)) != NULL; n++) {
        if (!bcache_enter(block + n, run[n], BC_READING)) {
            break;
        }
    }
    if (n == 0) {
        return run[0] == NULL ? -ENOMEM : bcache_get(block, out);
    }
    int error = block_io(bcache.dev, BLOCK_READ, block, run, n);
    bool alone = error != 0 && n > 1;
    for (size_t i = n; i-- > 0;) {
        if (alone) {
            error = block_io(bcache.dev, BLOCK_READ, block + i, &run[i], 1);
        }
        bcache_filled(run[i], error != 0);
        if (i > 0 || error != 0) {
            page_put(run[i]);
        }
    }
    *out = error == 0 ? run[0] : NULL;
    return error;
}

int bcache_get(uint64_t block, struct page **out)
{
    int error = bcache_find(block, out);
    return error != 0 || *out != NULL ? error : bcache_read(block, 1, out);
}

int bcache_get_blank(uint64_t block, bool zeros, struct page **out)
{
    // A page that could not be read is not cached any more.
    while (bcache_find(block, out) != 0 || *out == NULL) {
        *out = zeros ? page_alloc_zeroed(PAGE_CACHE) : page_alloc(PAGE_CACHE);
        if (*out == NULL) {
            return -ENOMEM;
        }
        if (bcache_enter(block, *out, 0)) {
            break;
        }
    }
    return 0;
}

struct page *bcache_peek(uint64_t block)
{
    spin_acquire(&bcache.lock);
    struct page *page = bcache_find_locked(block);
    spin_release(&bcache.lock);
    return page;
}

void bcache_forget(uint64_t block)
{
    spin_acquire(&bcache.lock);
    struct page *page = bcache_find_locked(block);
    if (page != NULL) {
        page->flags |= BC_FREED;
        bcache_remove_locked(page);
    }
    spin_release(&bcache.lock);
}

/* A mark that is seen without the lock stays, because only the commit takes it
   away, which waits for the caller's operation. */
bool bcache_mark(struct page *page)
{
    uint8_t flags = atomic_load_acquire(&page->flags);
    if ((flags & (BC_CHANGED | BC_WRITING)) == BC_CHANGED) {
        return false;
    }
    spin_acquire(&bcache.lock);
    while ((page->flags & BC_WRITING) != 0) {
        waitq_wait(bcache_queue(page), &bcache.lock);
    }
    bool is_first = (page->flags & BC_CHANGED) == 0;
    if (is_first) {
        page->flags |= BC_CHANGED;
        page_ref(page);
        bcache.pinned++;
    }
    spin_release(&bcache.lock);
    return is_first;
}

void bcache_flags(struct page *page, uint8_t clear, uint8_t set)
{
    spin_acquire(&bcache.lock);
    page->flags = (uint8_t)((page->flags & ~clear) | set);
    waitq_wake_all(bcache_queue(page));
    spin_release(&bcache.lock);
}

void bcache_unpin(struct page *page)
{
    spin_acquire(&bcache.lock);
    assert(bcache.pinned > 0);
    bcache.pinned--;
    spin_release(&bcache.lock);
    page_put(page);
}

/* Two rounds of the hand at most, since the first may only clear marks. */
size_t bcache_reclaim(size_t want)
{
    size_t freed = 0;
    size_t visits = 2 * atomic_load_relaxed(&bcache.count);
    spin_acquire(&bcache.lock);
    for (; freed < want && visits > 0 && bcache.count > 0; visits--) {
        struct page *page = list_entry(bcache.pages.next, struct page, link);
        uint32_t refs = atomic_load_acquire(&page->refs);
        if (refs == 1 && (page->flags & BC_USED) == 0) {
            bcache_remove_locked(page);
            freed++;
        } else {
            page->flags &= (uint8_t)~BC_USED;
            list_remove(&page->link);
            list_push_back(&bcache.pages, &page->link);
        }
        if (visits % BATCH == 0) { // others may want the lock
            spin_release(&bcache.lock);
            spin_acquire(&bcache.lock);
        }
    }
    spin_release(&bcache.lock);
    return freed;
}

/* A pinned page that was forgotten makes the number too low for a while. */
size_t bcache_count_clean(void)
{
    size_t count = atomic_load_relaxed(&bcache.count);
    size_t pinned = atomic_load_relaxed(&bcache.pinned);
    return count > pinned ? count - pinned : 0;
}

void bcache_init(struct block_device *dev)
{
    memset(&bcache, 0, sizeof(bcache));
    spin_init(&bcache.lock, "bcache", RANK_BCACHE);
    hash_init(&bcache.table, 2);
    list_init(&bcache.pages);
    for (int i = 0; i < READ_QUEUES; i++) {
        waitq_init(&bcache.read_done[i]);
    }
    bcache.dev = dev;
}
