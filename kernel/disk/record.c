#include "disk/record.h"
#include "disk/bcache.h"
#include "disk/format.h"
#include "disk/volume.h"
#include "lib/str.h"
#include "mm/page.h"

/*
 * The records of the log: how a transaction is written (steps c to e of
 * disk/log.c), and how replay finds it again.
 *
 * A record is one transaction: descriptors, each followed by the copies that it
 * lists, and a commit block, whose checksum covers those of the descriptors,
 * which cover those of the copies.  Records follow each other around a ring of
 * blocks.  In front of the ring is the head: it names the oldest record whose
 * copies may not be in their places.  That record is kept until the next one
 * is whole or, where the ring may have no room for both, until a flush has made
 * its checkpoint durable.
 *
 * Replay reads on from the record that the head names.  A record counts only as
 * a whole: it is read once to see that every checksum holds and that no copy
 * belongs where no record may write (disk/format.c), and a second time to be
 * written to its places.  Where a record is absent or broken, the crash was.
 * Replay may be interrupted itself: it writes the same bytes to the same places
 * however often it runs, and moves the head only when a flush has made all of
 * it durable.  It reads and writes past the cache, which is still empty but for
 * the superblock; that is read again.
 *
 * Nothing here is locked, since one committer at a time calls it.
 */

// One page holds every descriptor in turn: each is written before the next.
static_assert(BLOCK_RUN <= FS_LOG_ENTRIES, "a run has one descriptor at most");

static struct {
    uint64_t position; // of the next record: blocks from the head, not wrapped
    uint64_t sequence; // of the next record
    uint64_t length;   // blocks of it that are written
    uint64_t checksum; // of the descriptors written
    uint64_t kept;     // blocks of the record before, which is still needed
    struct page *page[2]; // [i] for records that are written or read
} record;

/* ---- writing ------------------------------------------------------------ */

/* Pages that belong to consecutive blocks and will be written together. */
static struct {
    uint64_t block; // of the first page
    size_t count;
    int error; // the first one of any run; nothing is written after it
    struct page *page[BLOCK_RUN];
} run;

/* Write what was collected; returns the first error so far, or 0. */
static int run_write(void)
{
    if (run.count > 0 && run.error == 0) {
        run.error =
            block_io(volume.dev, BLOCK_WRITE, run.block, run.page, run.count);
    }
    run.count = 0;
    return run.error;
}

/* Write what was collected, and make all that was written durable. */
static int run_flush(void)
{
    if (run_write() == 0) {
        run.error = block_flush(volume.dev);
    }
    return run.error;
}

/* Collect a page; it must not change until it is written. */
static void run_add(uint64_t block, struct page *page)
{
    if (run.count == BLOCK_RUN || block != run.block + run.count) {
        run_write();
    }
    if (run.count == 0) {
        run.block = block;
    }
    run.page[run.count++] = page;
}

/* Collect the next block of the record. */
static void record_add(struct page *page)
{
    uint64_t at = record.position + record.length++;
    run_add(format_log_block(&volume.super, at), page);
}

/* Collect up to FS_LOG_ENTRIES copies behind the descriptor that lists them. */
static void record_add_copies(const struct staged *staged, uint64_t count)
{
    struct page *page = record.page[0];
    struct fs_log_descriptor *list = memset(page_address(page), 0, FS_BLOCK);
    assert(count <= FS_LOG_ENTRIES);
    list->magic = FS_LOG_DESCRIPTOR;
    list->sequence = record.sequence;
    list->count = count;
    for (uint64_t i = 0; i < count; i++) {
        const void *copy = page_address(staged[i].copy);
        list->entry[i].block = staged[i].page->block;
        list->entry[i].checksum = fs_checksum(0, copy, FS_BLOCK);
    }
    list->checksum = fs_checksum(0, list, FS_BLOCK);
    record.checksum =
        fs_checksum(record.checksum, &list->checksum, sizeof(uint64_t));
    record_add(page);
    for (uint64_t i = 0; i < count; i++) {
        record_add(staged[i].copy);
    }
}

/* Collect the commit block. */
static void record_add_end(void)
{
    struct page *page = record.page[0];
    struct fs_log_commit *end = memset(page_address(page), 0, FS_BLOCK);
    size_t summed = offsetof(struct fs_log_commit, checksum);
    end->magic = FS_LOG_COMMIT;
    end->sequence = record.sequence;
    end->blocks = record.length;
    end->checksum = fs_checksum(record.checksum, end, summed);
    record_add(page);
}

/* Collect a head that names the next record as the oldest.  All earlier
   records must be durable in their places. */
static void record_add_head(void)
{
    struct page *page = record.page[1];
    struct fs_log_head *head = memset(page_address(page), 0, FS_BLOCK);
    size_t summed = offsetof(struct fs_log_head, checksum);
    head->magic = FS_LOG_HEAD;
    head->sequence = record.sequence;
    head->start = (record.position - 1) % (volume.super.log.count - 1) + 1;
    head->checksum = fs_checksum(0, head, summed);
    run_add(volume.super.log.start, page);
}

/* Go on behind a record of `length` blocks that was written or replayed. */
static void record_pass(uint64_t length)
{
    record.position += length;
    record.sequence++;
    record.kept = length;
}

/* Steps c and d. */
int record_write(const struct commit *commit)
{
    const struct staged *staged = commit->staged;
    uint64_t most = commit->count + RECORD_DESCRIPTORS + 1; // and commit block
    assert(commit->count > 0 && commit->count <= RECORD_MAX);
    for (struct page *page = commit->new_first; page != NULL;
         page = page->next) {
        if ((atomic_load_relaxed(&page->flags) & BC_WRITING) != 0) {
            run_add(page->block, page);
        }
    }
    if (record.kept + most > volume.super.log.count - 1) {
        run_flush(); // the record before will be written over
    }
    record.length = 0;
    record.checksum = 0;
    for (uint32_t i = 0; i < commit->count; i += FS_LOG_ENTRIES) {
        uint64_t left = commit->count - i;
        record_add_copies(&staged[i], min_u64(left, FS_LOG_ENTRIES));
    }
    run_flush();
    record_add_head();
    record_add_end();
    run_flush();
    record_pass(record.length);
    return run.error;
}

/* Step e. */
int record_checkpoint(const struct commit *commit)
{
    for (uint32_t i = 0; i < commit->count; i++) {
        run_add(commit->staged[i].page->block, commit->staged[i].copy);
    }
    return run_write();
}

int record_finish(void)
{
    if (record.kept > 0) {
        run_flush();
        record_add_head();
        record.kept = 0;
    }
    return run_write();
}

/* ---- replay ------------------------------------------------------------- */

/* format_reader.read */
static const void *replay_read(struct format_reader *reader, uint64_t block,
                               int slot)
{
    (void)reader;
    int error = block_io(volume.dev, BLOCK_READ, block, &record.page[slot], 1);
    return error == 0 ? page_address(record.page[slot]) : NULL;
}

/* format_reader.apply: copies are read into slot 1. */
static int replay_apply(struct format_reader *reader, uint64_t block)
{
    (void)reader;
    return block_io(volume.dev, BLOCK_WRITE, block, &record.page[1], 1);
}

/* Read the head, which says where the records begin. */
static int replay_head(void)
{
    const struct fs_log_head *head;
    head = replay_read(NULL, volume.super.log.start, 0);
    if (head == NULL) {
        return -EIO;
    }
    const char *fault = format_check_log(&volume.super, head);
    record.sequence = head->sequence;
    record.position = head->start;
    return fault != NULL ? volume_refuse(fault) : 0;
}

/* Go through the next record; format_record says what it returns. */
static int64_t replay_pass(bool applies)
{
    struct format_reader reader = {.read = replay_read,
                                   .apply = applies ? replay_apply : NULL,
                                   .super = &volume.super,
                                   .sequence = record.sequence,
                                   .start = record.position};
    return format_record(&reader);
}

/* Replay one record and go on behind it.  0, -ENOENT when there is none, or an
   error. */
static int replay_one(void)
{
    int64_t length = replay_pass(false);
    if (length == -EUCLEAN) {
        return volume_refuse("its log would write to itself");
    }
    if (length < 0) {
        return (int)length;
    }
    if (volume.read_only) {
        return volume_refuse("its log must be replayed, but it is read-only");
    }
    if (replay_pass(true) != length) {
        return -EIO;
    }
    record_pass((uint64_t)length);
    return 0;
}

int record_open(uint64_t *next)
{
    memset(&run, 0, sizeof(run));
    record.kept = 0;
    record.page[0] = page_alloc(PAGE_KERNEL);
    record.page[1] = page_alloc(PAGE_KERNEL);
    bool has_pages = record.page[0] != NULL && record.page[1] != NULL;
    int error = has_pages ? replay_head() : -ENOMEM;
    uint64_t first = record.sequence;
    while (error == 0) {
        error = replay_one();
    }
    *next = record.sequence;
    if (error != -ENOENT || record.sequence == first) {
        return error == -ENOENT ? 0 : error;
    }
    kprintf("fs: %s: replayed %lu transactions\n", volume.dev->name,
            record.sequence - first);
    record_finish();
    error = run_flush(); // before a record is written over
    return error == 0 ? volume_read_super() : error;
}
