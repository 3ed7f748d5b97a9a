#include "disk/log.h"
#include "check/check.h"
#include "dev/block.h"
#include "dev/clock.h"
#include "disk/alloc.h"
#include "disk/bcache.h"
#include "disk/record.h"
#include "disk/volume.h"
#include "lib/klog.h"
#include "lib/str.h"
#include "mm/page.h"
#include "sched/waitq.h"

/*
 * The write-ahead log with group commit.
 *
 * There is one open transaction, which operations join, and at most one that
 * is being committed.  A commit goes like this:
 *
 *   a. close: newcomers wait, the operations that are open end
 *   b. copy: the bytes of all changed pages go to staging pages; new blocks are
 *      marked BC_WRITING; the next transaction opens, newcomers go on
 *   c. write the new blocks to their places, and the record to the log, behind
 *      the one before: descriptors and copies                       FLUSH 1
 *   d. write the head, which names this record as the oldest, and the commit
 *      block                                                        FLUSH 2
 *      the transaction is durable: fsync returns
 *   e. checkpoint: write the copies to their places, where FLUSH 1 of the next
 *      commit makes them durable; let freed blocks be used again
 *
 * When the ring has no room for two records, a flush comes first.  When nothing
 * more comes, the log is finished: FLUSH, and a head that names a record that
 * is not there.
 *
 * Why this is safe:
 *
 * 1. Before FLUSH 2 the record is not valid, and nothing that the committed
 *    state refers to has been touched: new blocks were free in it.
 * 2. From then on replay can redo e from the log, as often as need be: record
 *    and head stay until a flush has made e durable.
 * 3. A head is written when all records before the one it names are in place.
 *    If d is cut short, replay begins with the record before, if that is whole,
 *    and writes what is there already; then it finds this one, or none.  If
 *    the record before was written over, it finds none, even when this one is
 *    whole; the numbers of both are used again.  This one cannot be taken for
 *    a new one then: it would have to follow a record as long as the one
 *    before, which has written over its end.
 * 4. A freed block is not used again before FLUSH 2 of its freeing.  Replay
 *    begins with that record then, or a later one, and these do not write to
 *    the block.  So replay never writes to a block that has been given to
 *    somebody else, and no revocations need be recorded.
 * 5. log, checksum and checkpoint use only the copies, and new blocks do not
 *    change while BC_WRITING; so a commit is what it was at b, whatever later
 *    operations do meanwhile.
 *
 * A write that fails ends it all: the state in memory stays readable, nothing
 * more is written, operations fail with -EROFS.
 *
 * Locks: wal.lock, rank TXN, over counts and the lists of the open
 * transaction.  `committing` keeps a second commit out; what is used from b on
 * belongs to the committer.
 */
#define ROOM_LEAST  40   // blocks in a transaction, whatever the memory
#define RAM_SHARE   64   // of which the staging pages take one
#define DIRTY_SHARE 4    // of RAM, for new blocks not yet written
#define DELAY_MS    1000 // after which a transaction is committed

static struct {
    struct spinlock lock;
    struct waitq changed; // ops, reserved, closing, committing, durable
    struct waitq begun;   // the open transaction has a first page
    uint64_t id;          // of the open transaction, and of its record
    uint64_t durable;     // the last transaction that is committed
    uint32_t ops;         // open operations
    uint32_t reserved;    // blocks that they may still change
    uint32_t count;       // pages in `logged`
    uint32_t new_count;   // pages on new_first; 0 if `count` is
    uint32_t room;        // [i] most pages in `logged`, without the superblock
    bool is_finished;     // nothing has changed since the log was left empty
    bool closing;         // newcomers wait
    bool committing;
    bool failed;
    struct page *new_first; // pages of its new blocks, in order of writing
    struct page **new_last; // where the next one is named
    struct page *logged[RECORD_MAX]; // pages of the open transaction
    struct commit commit;            // what the committer works on
} wal;

/* Prepare for the first transaction; the log on disk has been replayed.  All
   memory that a commit will need is taken now, so that none fails for want of
   it. */
int log_init(void)
{
    uint64_t ring = volume.super.log.count - 1;
    uint64_t room = min_u64(ring - ring / FS_LOG_ENTRIES - 2,
                            page_counts.total / RAM_SHARE);
    memset(&wal, 0, sizeof(wal));
    spin_init(&wal.lock, "log", RANK_TXN);
    waitq_init(&wal.changed);
    waitq_init(&wal.begun);
    wal.room = (uint32_t)min_u64(max_u64(room, ROOM_LEAST), RECORD_MAX) - 1;
    wal.id = record.sequence;
    wal.durable = wal.id - 1;
    wal.is_finished = true;
    wal.new_last = &wal.new_first;
    for (uint32_t i = 0; i <= wal.room; i++) {
        struct page *copy = page_alloc(PAGE_KERNEL);
        if (copy == NULL) {
            return -ENOMEM;
        }
        wal.commit.staged[i].copy = copy;
    }
    return 0;
}

uint32_t log_room(void)
{
    return wal.room;
}

bool log_has_failed(void)
{
    return atomic_load_relaxed(&wal.failed);
}

uint64_t log_current(void)
{
    return atomic_load_relaxed(&wal.id);
}

/* ---- operations --------------------------------------------------------- */

/* Whether the open transaction must be committed before it may take more. */
static bool log_is_full_locked(uint32_t blocks)
{
    return wal.count + wal.reserved + blocks > wal.room ||
           wal.new_count > page_counts.total / DIRTY_SHARE;
}

/* Join the open transaction, or the one after it. */
int log_begin(struct op *op, uint32_t blocks)
{
    assert(blocks <= wal.room);
    assert_can_sleep();
    spin_acquire(&wal.lock);
    while (!wal.failed && (wal.closing || log_is_full_locked(blocks))) {
        if (wal.closing) {
            waitq_wait(&wal.changed, &wal.lock);
        } else {
            uint64_t id = wal.id;
            spin_release(&wal.lock);
            log_commit(id);
            spin_acquire(&wal.lock);
        }
    }
    if (wal.failed || volume.read_only) {
        spin_release(&wal.lock);
        return -EROFS;
    }
    wal.ops++;
    wal.reserved += blocks;
    op->left = blocks;
    spin_release(&wal.lock);
    check_acquire("operation", RANK_LOG, false);
    return 0;
}

/* Who finds the list of freed blocks full again frees none, and comes back. */
int log_begin_free(struct op *op, uint32_t blocks)
{
    if (!alloc_can_free()) {
        log_settle();
    }
    return log_begin(op, blocks);
}

/* Leave the transaction to others. */
void log_end(struct op *op)
{
    check_release("operation", RANK_LOG);
    spin_acquire(&wal.lock);
    wal.ops--;
    wal.reserved -= op->left;
    if (wal.closing && wal.ops == 0) {
        waitq_wake_all(&wal.changed);
    }
    spin_release(&wal.lock);
}

/* A page goes through the log; once for each transaction.  The first change
   starts the clock of log_run. */
void log_change(struct op *op, struct page *page)
{
    if (!bcache_mark(page, BC_LOGGED)) {
        return;
    }
    assert(op->left > 0);
    spin_acquire(&wal.lock);
    op->left--;
    wal.reserved--;
    wal.logged[wal.count++] = page;
    if (wal.count == 1) {
        wal.is_finished = false;
        waitq_wake_all(&wal.begun);
    }
    spin_release(&wal.lock);
}

/* A page of a new block goes to its place.  It is not the first change, because
   taking the block has changed the bitmap. */
void log_new(struct page *page)
{
    if (!bcache_mark(page, BC_NEW)) {
        return;
    }
    spin_acquire(&wal.lock);
    assert(wal.count > 0);
    page->next = NULL;
    *wal.new_last = page;
    wal.new_last = &page->next;
    wal.new_count++;
    spin_release(&wal.lock);
}

/* ---- committing --------------------------------------------------------- */

/* Become the committer, unless there is nothing to commit up to `id` or it is
   done by another one meanwhile.  Step a: close the open transaction. */
static bool commit_begin(uint64_t id)
{
    spin_acquire(&wal.lock);
    while (wal.committing && !wal.failed && wal.durable < id) {
        waitq_wait(&wal.changed, &wal.lock);
    }
    bool mine = !wal.committing && !wal.failed && id == wal.id &&
                (wal.ops > 0 || wal.count > 0);
    wal.committing |= mine;
    wal.closing |= mine;
    while (mine && wal.ops > 0) {
        waitq_wait(&wal.changed, &wal.lock);
    }
    spin_release(&wal.lock);
    return mine;
}

/* Take over the pages of new blocks, but for those that were freed again.  One
   that is freed later, by the next transaction, belongs to this one all the
   same. */
static void commit_keep_new(struct commit *commit)
{
    struct page **last = &commit->new_first;
    struct page *next;
    for (struct page *page = wal.new_first; page != NULL; page = next) {
        next = page->next;
        if ((page->flags & BC_FREED) != 0) {
            bcache_unpin(page);
            continue;
        }
        bcache_flags(page, BC_NEW, BC_WRITING);
        *last = page;
        last = &page->next;
    }
    *last = NULL;
}

/* Step b: copy what has changed. */
static void commit_copy(struct commit *commit)
{
    commit->count = 0;
    if (alloc_before_copy() && bcache_mark(volume.super_page, BC_LOGGED)) {
        wal.logged[wal.count++] = volume.super_page;
    }
    volume_seal();
    for (uint32_t i = 0; i < wal.count; i++) {
        struct page *page = wal.logged[i];
        if ((page->flags & BC_FREED) != 0) {
            bcache_unpin(page); // nobody will read this block again
            continue;
        }
        struct staged *staged = &commit->staged[commit->count++];
        staged->page = page;
        memcpy(page_address(staged->copy), page_address(page), FS_BLOCK);
        bcache_flags(page, BC_LOGGED, 0);
    }
    commit_keep_new(commit);
    alloc_after_copy();
}

/* Let newcomers go on, with a new transaction when `next`. */
static void commit_open(bool next)
{
    spin_acquire(&wal.lock);
    if (next) {
        atomic_store_relaxed(&wal.id, wal.id + 1);
        wal.count = 0;
        wal.new_count = 0;
        wal.new_first = NULL;
        wal.new_last = &wal.new_first;
    }
    wal.closing = false;
    waitq_wake_all(&wal.changed);
    spin_release(&wal.lock);
}

/* Note that the transaction before the open one is durable, or that it never
   will be. */
static void commit_announce(int error)
{
    spin_acquire(&wal.lock);
    if (error == 0) {
        wal.durable = wal.id - 1;
    } else if (!wal.failed) {
        wal.failed = true;
        kprintf("fs: writing to %s has failed: it is read-only from now on\n",
                volume.dev->name);
    }
    waitq_wake_all(&wal.changed);
    spin_release(&wal.lock);
}

/* Let go of all pages.  After a failure they stay pinned, since the disk does
   not have what they hold. */
static void commit_release(const struct commit *commit)
{
    struct page *next;
    for (struct page *page = commit->new_first; page != NULL; page = next) {
        next = page->next;
        bcache_flags(page, BC_WRITING, 0);
        if (!wal.failed) {
            bcache_unpin(page);
        }
    }
    if (wal.failed) {
        return;
    }
    alloc_committed();
    for (uint32_t i = 0; i < commit->count; i++) {
        bcache_unpin(commit->staged[i].page);
    }
}

/* Steps c to e. */
static void commit_write(struct commit *commit)
{
    int error = record_write(commit);
    commit_announce(error);
    if (error == 0) {
        error = record_checkpoint(commit);
        commit_announce(error);
    }
    commit_release(commit);
}

/* Let others commit. */
static void commit_end(void)
{
    spin_acquire(&wal.lock);
    wal.committing = false;
    waitq_wake_all(&wal.changed);
    spin_release(&wal.lock);
}

/* Make everything up to a transaction durable. */
int log_commit(uint64_t id)
{
    assert_can_sleep();
    if (commit_begin(id)) {
        // One without changes goes on: each number must be in the log.
        bool any = wal.count > 0;
        if (any) {
            commit_copy(&wal.commit);
        }
        commit_open(any);
        if (any) {
            commit_write(&wal.commit);
        }
        commit_end();
    }
    return wal.failed ? -EIO : 0;
}

/* Let nothing be left to replay. */
void log_finish(void)
{
    log_commit(log_current());
    spin_acquire(&wal.lock);
    while (wal.committing) {
        waitq_wait(&wal.changed, &wal.lock);
    }
    wal.committing = true;
    wal.is_finished = wal.count == 0;
    spin_release(&wal.lock);
    if (!wal.failed && record_finish() != 0) {
        commit_announce(-EIO);
    }
    commit_end();
}

/* Commit, and wait for the end of it; it is over, too, when the next one is
   durable. */
int log_settle(void)
{
    uint64_t id = log_current();
    int error = log_commit(id);
    spin_acquire(&wal.lock);
    while (wal.committing && wal.durable <= id && !wal.failed) {
        waitq_wait(&wal.changed, &wal.lock);
    }
    spin_release(&wal.lock);
    return error;
}

/* Commit within a second of the first change, again and again, and finish the
   log when nothing was changed for a second. */
void log_run(void *unused)
{
    (void)unused;
    for (;;) {
        spin_acquire(&wal.lock);
        while (wal.failed || wal.is_finished) {
            waitq_wait(&wal.begun, &wal.lock);
        }
        uint64_t id = wal.id;
        uint64_t deadline = clock_deadline(DELAY_MS);
        while (wal.id == id && !clock_has_passed(deadline)) {
            waitq_wait_timeout(&wal.begun, &wal.lock, deadline);
        }
        bool quiet = wal.id == id && wal.count == 0;
        spin_release(&wal.lock);
        if (quiet) {
            log_finish();
        } else {
            log_commit(id);
        }
    }
}
