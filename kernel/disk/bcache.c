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
 *  5. A changed page is pinned: it has a reference of the log until its bytes
 *     are in their place on the disk.  So what is not pinned can be read again.
 *  6. A page with BC_WRITING is not changed; who wants to, waits.
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
    struct spinlock lock;
    struct hash table;        // pages by block number
    struct list pages;        // the next to be reclaimed first
    size_t count;             // of pages on the list
    size_t pinned;            // by the log
    struct block_device *dev; // [i]
    struct waitq read_done[READ_QUEUES];
} bcache;

/* The chain that has a block's page. */
static struct page **bcache_chain(uint64_t block)
{
    return (struct page **)hash_chain(&bcache.table, block);
}

/* Where those wait who want a page that is being read in. */
static struct waitq *bcache_queue(const struct page *page)
{
    return &bcache.read_done[page->block % READ_QUEUES];
}

/* Find a block's page; NULL when it is not cached. */
static inline struct page *bcache_find_locked(uint64_t block)
{
    struct page *page = *bcache_chain(block);
    while (page != NULL && page->block != block) {
        page = page->hash_next;
    }
    if (page != NULL) {
        page->flags |= BC_USED;
    }
    return page;
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

/* Find the page of a block, waiting while somebody else reads it in.  0 with a
   reference in *out, which is NULL when the block is not cached; -EIO. */
int bcache_find(uint64_t block, struct page **out)
{
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
 * Let `fresh` be the page of a block that was not cached a moment ago.  Its
 * reference passes to the cache, for chain and list, and the caller gets one.
 * When another thread was faster, `fresh` is freed; whether it was not.
 */
static bool bcache_enter(uint64_t block, struct page *fresh, uint8_t flags)
{
    struct page **chain = bcache_chain(block);
    spin_acquire(&bcache.lock);
    bool is_first = bcache_find_locked(block) == NULL;
    if (is_first) {
        fresh->block = block;
        fresh->flags = flags | BC_USED;
        fresh->hash_next = *chain;
        *chain = fresh;
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

/* Tell those who wait that a page has been read in, or could not be. */
static void bcache_filled(struct page *page, bool failed)
{
    spin_acquire(&bcache.lock);
    page->flags &= (uint8_t)~BC_READING;
    page->flags |= failed ? BC_FAILED : 0;
    if (failed && (page->flags & BC_FREED) == 0) { // or it is forgotten already
        bcache_remove_locked(page);
    }
    waitq_wake_all(bcache_queue(page));
    spin_release(&bcache.lock);
}

/*
 * Read a block in that is not cached, and with it up to count - 1 that follow:
 * as many as are not cached either, and as memory allows.  If they cannot be
 * read together, each is tried alone.
 */
int bcache_read(uint64_t block, size_t count, struct page **out)
{
    struct page *run[BLOCK_RUN] = {NULL};
    size_t n = 0;
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

/*
 * Return in *out the page of a block, read in, with a reference.  0, -EIO or
 * -ENOMEM.  Locks: takes bcache.lock.  Sleeps: yes.
 */
int bcache_get(uint64_t block, struct page **out)
{
    int error = bcache_find(block, out);
    return error != 0 || *out != NULL ? error : bcache_read(block, 1, out);
}

/*
 * Return in *out the page of a block whose bytes on the disk do not matter:
 * what is cached, or else zeros, or anything if the caller overwrites it all.
 * 0 or -ENOMEM.  Locks: takes bcache.lock.  Sleeps: yes.
 */
int bcache_get_blank(uint64_t block, bool zeros, struct page **out)
{
    // One that could not be read is not cached any more.
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

/* Find a page. */
struct page *bcache_peek(uint64_t block)
{
    spin_acquire(&bcache.lock);
    struct page *page = bcache_find_locked(block);
    spin_release(&bcache.lock);
    return page;
}

/* Take a freed block out of the cache. */
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

/* Mark and pin a page that is about to be changed.  One that is marked already
   stays so as long as the caller's operation is open. */
bool bcache_mark(struct page *page, uint8_t flag)
{
    uint8_t flags = atomic_load_acquire(&page->flags);
    if ((flags & (BC_LOGGED | BC_NEW)) != 0 && (flags & BC_WRITING) == 0) {
        return false;
    }
    spin_acquire(&bcache.lock);
    while ((page->flags & BC_WRITING) != 0) {
        waitq_wait(bcache_queue(page), &bcache.lock);
    }
    bool is_first = (page->flags & (BC_LOGGED | BC_NEW)) == 0;
    if (is_first) {
        page->flags |= flag;
        page_ref(page);
        bcache.pinned++;
    }
    spin_release(&bcache.lock);
    return is_first;
}

/* Change the flags of a page. */
void bcache_flags(struct page *page, uint8_t clear, uint8_t set)
{
    spin_acquire(&bcache.lock);
    page->flags = (uint8_t)((page->flags & ~clear) | set);
    waitq_wake_all(bcache_queue(page));
    spin_release(&bcache.lock);
}

/* Let go of a page whose bytes are on the disk. */
void bcache_unpin(struct page *page)
{
    spin_acquire(&bcache.lock);
    bcache.pinned--;
    spin_release(&bcache.lock);
    page_put(page);
}

/*
 * Move the hand on until `want` pages are freed that nobody uses and none did
 * lately; two rounds at most, since the first may only clear marks.  Returns
 * how many were.
 */
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

/* Number of cached blocks that are not pinned; a page that was forgotten while
   it is pinned makes it too low for a while. */
size_t bcache_count_clean(void)
{
    size_t count = atomic_load_relaxed(&bcache.count);
    size_t pinned = atomic_load_relaxed(&bcache.pinned);
    return count > pinned ? count - pinned : 0;
}

/* Prepare an empty cache of `dev`. */
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
