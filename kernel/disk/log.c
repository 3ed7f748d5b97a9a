#include "disk/log.h"
#include "dev/clock.h"
#include "disk/bcache.h"
#include "disk/record.h"
#include "disk/volume.h"
#include "lib/str.h"
#include "mm/page.h"
#include "sched/waitq.h"

/*
 * The write-ahead log with group commit.
 *
 * Where it stands among the modules of disk/; each calls only those below it:
 *
 *     alloc     free blocks and inodes; called back through struct log_hooks
 *     log       transactions in memory
 *     record    transactions on the disk, replay
 *     volume    the device, the superblock
 *     bcache    blocks in memory
 *     format    which bytes are valid
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
 *      commit makes them durable; freed blocks may be used again
 *
 * When the ring may have no room for this record beside the one before, FLUSH 0
 * comes between the new blocks and the record.  When a second passes without a
 * change, the log is finished: FLUSH, and a head that names a record that is
 * not there yet.
 *
 * What a crash leaves while transaction N is committed, after N-1:
 *
 *   crash in step           replay finds                 the user has up to
 *   a, b                    N-1                          N-1
 *   c                       N-1; no commit block of N    N-1
 *     behind FLUSH 0        N-1, or nothing when c has
 *                           written over it              N-1, in place
 *   d, of which was written
 *     neither               as in c                      N-1
 *     the head alone        nothing: N is not whole      N-1, in place
 *     the commit block      N-1, then N                  N
 *     alone                 nothing when c has written
 *                           over N-1                     N-1, in place
 *     both                  N                            N
 *   e, behind FLUSH 2       N                            N
 *   finishing               N, until the head is
 *                           written; then nothing        N
 *   replay                  the same again               the same
 *
 * "In place" says that the checkpoint is durable: that of N-1 is from FLUSH 0,
 * or else FLUSH 1, of the commit of N on.  If the log was finished behind
 * N-1, N-1 is in place before the commit of N begins.  The head names N then,
 * and N counts once its commit block is there.  Until FLUSH 1 the disk may
 * still have the old head, which names N-1: replay repeats N-1, which does no
 * harm, or finds it written over.  (tests/host/fs_steps_test.c tries each row.)
 *
 * Why this is safe:
 *
 * 1. Without its commit block a record does not count, and until then nothing
 *    is changed that the committed state refers to: new blocks are free in it.
 * 2. From FLUSH 2 on replay can redo e from the log, as often as need be:
 *    record and head stay until a flush has made e durable.
 * 3. A head is written only when all records before the one that it names are
 *    in place.  Numbers of records that replay did not reach are used again.
 *    When c has written over N-1, a whole N may be among them.  It cannot be
 *    mistaken for the next record of that number: that would have to follow a
 *    new N-1 of the same length, which covers the end of the old N.
 * 4. A freed block is not used again before FLUSH 2 of its freeing.  Replay
 *    begins with that record then, or a later one, and these do not write to
 *    the block.  So replay never writes to a block that has a new owner, and
 *    no revocations need be recorded.
 * 5. Log, checksum and checkpoint use only the copies, and new blocks do not
 *    change while BC_WRITING.  So what is committed is the state at b, whatever
 *    later operations do meanwhile.
 *
 * A write that fails ends it all: the state in memory stays readable, nothing
 * more is written, operations fail with -EROFS.
 *
 * Locks: wal.lock, rank TXN, over counts and the lists of the open transaction.
 * `committing` keeps a second commit out; what is used from b on belongs to the
 * committer.
 */
#define DELAY_MS 1000 // after which a transaction is committed

// One page of RAM in so many is a staging page, taken when mounting: 1.6 %.
#define RAM_SHARE 64

// And one in so many may be a new block of the open transaction; as many may be
// in the one that is being committed.  They stay in memory until written.
#define DIRTY_SHARE 4

// The smallest ring has room for the least transaction: with its superblock,
// one descriptor and the commit block.
static_assert(LOG_ROOM_LEAST + 3 <= FS_LOG_MIN - 1, "shortest log too short");

static struct {
    struct spinlock lock; // guards what has no other mark
    struct waitq changed; // ops, closing, committing, durable, failed
    struct waitq begun;   // the open transaction has a first page
    uint64_t id;          // [a] of the open transaction, and of its record
    uint64_t durable;     // the last transaction that is committed
    uint32_t ops;         // open operations
    uint32_t reserved;    // blocks that they may still change
    uint32_t count;       // [c] pages in `logged`
    uint32_t new_count;   // pages on new_first; 0 if `count` is 0
    uint32_t room;        // [i] most pages in `logged`, without the superblock
    bool is_finished;     // nothing has changed since the log was left empty
    bool closing;         // newcomers wait
    bool committing;
    bool failed;                     // [a] set by the committer
    struct page *new_first;          // [c] pages of new blocks, as allocated
    struct page **new_last;          // where the next one is named
    struct page *logged[RECORD_MAX]; // [c] pages of the open transaction
    struct commit commit;            // of the committer
    const struct log_hooks *hooks;   // [i]
} wal; // [c]: the committer's alone from the end of a to the end of b

/*
 * Replay, then prepare the first transaction.  All memory that a commit will
 * need is taken now, so that no commit fails for want of memory.
 *
 * A record of n copies, which must fit in the ring, has n / FS_LOG_ENTRIES
 * descriptors, rounded up, and a commit block.  One copy is kept back for the
 * page that before_copy adds.
 */
int log_open(const struct log_hooks *hooks)
{
    memset(&wal, 0, sizeof(wal));
    spin_init(&wal.lock, "log", RANK_TXN);
    waitq_init(&wal.changed);
    waitq_init(&wal.begun);
    wal.hooks = hooks;
    wal.is_finished = true;
    wal.new_last = &wal.new_first;
    int error = record_open(&wal.id);
    wal.durable = wal.id - 1;
    uint64_t ring = volume.super.log.count - 1;
    uint64_t room = min_u64(ring - ring / FS_LOG_ENTRIES - 2,
                            page_counts.total / RAM_SHARE);
    room = min_u64(max_u64(room, LOG_ROOM_LEAST + 1), RECORD_MAX);
    wal.room = (uint32_t)room - 1;
    for (uint32_t i = 0; i < room && error == 0; i++) {
        wal.commit.staged[i].copy = page_alloc(PAGE_KERNEL);
        error = wal.commit.staged[i].copy == NULL ? -ENOMEM : 0;
    }
    return error;
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

/* Whether the open transaction must be committed before it may take `blocks`
   more. */
static bool log_is_full_locked(uint32_t blocks)
{
    assert_held(&wal.lock);
    return wal.count + wal.reserved + blocks > wal.room ||
           wal.new_count > page_counts.total / DIRTY_SHARE;
}

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

void log_end(struct op *op)
{
    check_release("operation", RANK_LOG);
    spin_acquire(&wal.lock);
    check_that(wal.ops > 0 && wal.reserved >= op->left);
    wal.ops--;
    wal.reserved -= op->left;
    if (wal.closing && wal.ops == 0) {
        waitq_wake_all(&wal.changed);
    }
    spin_release(&wal.lock);
}

/* A page joins once in each transaction.  The first one starts the clock of
   log_run. */
void log_change(struct op *op, struct page *page)
{
    if (!bcache_mark(page)) {
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

/* This is never the first change, because to allocate the block has changed the
   bitmap. */
void log_new(struct page *page)
{
    if (!bcache_mark(page)) {
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

/* Wait while a commit is under way, until transaction `id` is durable. */
static void commit_wait_locked(uint64_t id)
{
    assert_held(&wal.lock);
    while (wal.committing && !wal.failed && wal.durable < id) {
        waitq_wait(&wal.changed, &wal.lock);
    }
}

/* Become the committer; false when transaction `id` has become durable, or
   never will. */
static bool commit_claim_locked(uint64_t id)
{
    commit_wait_locked(id);
    bool mine = !wal.failed && wal.durable < id;
    wal.committing |= mine;
    return mine;
}

/* Step a: become the committer and close the open transaction. */
static bool commit_begin(uint64_t id)
{
    spin_acquire(&wal.lock);
    bool mine = commit_claim_locked(id);
    wal.closing |= mine;
    while (mine && wal.ops > 0) {
        waitq_wait(&wal.changed, &wal.lock);
    }
    spin_release(&wal.lock);
    return mine;
}

/* Let others commit and newcomers go on; after an error these get -EROFS, and
   nothing more is committed. */
static void commit_end(int error)
{
    spin_acquire(&wal.lock);
    check_that(wal.committing);
    if (error != 0) {
        atomic_store_relaxed(&wal.failed, true);
        kprintf("fs: writing to %s has failed: it is read-only from now on\n",
                volume.dev->name);
    }
    wal.closing = false;
    wal.committing = false;
    waitq_wake_all(&wal.changed);
    spin_release(&wal.lock);
}

/* Step b.  Of new blocks those are written that are marked BC_WRITING here: not
   one that was freed again, but one that the next transaction frees. */
static void commit_copy(struct commit *commit)
{
    check_that(wal.closing && wal.ops == 0);
    struct page *extra = wal.hooks->before_copy();
    if (extra != NULL && bcache_mark(extra)) {
        wal.logged[wal.count++] = extra;
    }
    commit->count = 0;
    for (uint32_t i = 0; i < wal.count; i++) {
        struct page *page = wal.logged[i];
        if ((atomic_load_relaxed(&page->flags) & BC_FREED) != 0) {
            bcache_unpin(page); // nobody will read this block again
            continue;
        }
        struct staged *staged = &commit->staged[commit->count++];
        staged->page = page;
        memcpy(page_address(staged->copy), page_address(page), FS_BLOCK);
        bcache_flags(page, BC_CHANGED, 0);
    }
    commit->new_first = wal.new_first;
    for (struct page *page = wal.new_first; page != NULL; page = page->next) {
        if ((atomic_load_relaxed(&page->flags) & BC_FREED) == 0) {
            bcache_flags(page, BC_CHANGED, BC_WRITING);
        }
    }
    wal.hooks->after_copy();
}

/* The end of step b: open the next transaction, which newcomers join. */
static void commit_open_next(void)
{
    spin_acquire(&wal.lock);
    atomic_store_relaxed(&wal.id, wal.id + 1);
    wal.count = 0;
    wal.new_count = 0;
    wal.new_first = NULL;
    wal.new_last = &wal.new_first;
    wal.closing = false;
    waitq_wake_all(&wal.changed);
    spin_release(&wal.lock);
}

/* The transaction before the open one is durable. */
static void commit_announce(void)
{
    spin_acquire(&wal.lock);
    wal.durable = wal.id - 1;
    waitq_wake_all(&wal.changed);
    spin_release(&wal.lock);
}

/* Steps c to e; then unpin all pages.  After an error they stay pinned, since
   the disk does not have what they hold. */
static int commit_write(const struct commit *commit)
{
    int error = record_write(commit);
    if (error == 0) {
        commit_announce();
        error = record_checkpoint(commit);
    }
    struct page *next;
    for (struct page *page = commit->new_first; page != NULL; page = next) {
        next = page->next;
        bcache_flags(page, BC_WRITING, 0);
        if (error == 0) {
            bcache_unpin(page);
        }
    }
    if (error == 0) {
        wal.hooks->committed();
    }
    for (uint32_t i = 0; i < commit->count && error == 0; i++) {
        bcache_unpin(commit->staged[i].page);
    }
    return error;
}

int log_commit(uint64_t id)
{
    assert_can_sleep();
    if (commit_begin(id)) {
        int error = 0;
        // Without changes it stays open: each number must be in the log.
        if (wal.count > 0) {
            commit_copy(&wal.commit);
            commit_open_next();
            error = commit_write(&wal.commit);
        }
        commit_end(error);
    }
    return log_has_failed() ? -EIO : 0;
}

void log_finish(void)
{
    log_commit(log_current());
    spin_acquire(&wal.lock);
    bool mine = commit_claim_locked(UINT64_MAX); // durable is never so high
    wal.is_finished = wal.count == 0;
    spin_release(&wal.lock);
    if (mine) {
        commit_end(record_finish());
    }
}

/* The commit is over, too, when the next one is durable. */
int log_settle(void)
{
    uint64_t id = log_current();
    int error = log_commit(id);
    spin_acquire(&wal.lock);
    commit_wait_locked(id + 1);
    spin_release(&wal.lock);
    return error;
}

/* Commit for the sake of what that sets free, if it was wanting; once. */
bool log_try_again(int error, bool *tried)
{
    bool again = (error == -ENOSPC || error == -ENOMEM) && !*tried;
    *tried |= again;
    return again && log_settle() == 0;
}

/* Commit within a second of the first change, again and again; finish the log
   when nothing was changed for a second. */
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
