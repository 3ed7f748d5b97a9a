#include "disk/record.h"
#include "dev/block.h"
#include "disk/format.h"
#include "disk/volume.h"
#include "lib/str.h"
#include "mm/page.h"

/*
 * Writing a transaction to the disk: steps c to e of disk/log.c.
 *
 * A record in the log is one transaction: descriptors, each followed by the
 * copies that it lists, and a commit block, whose checksum covers those of the
 * descriptors, which cover those of the copies.  Records follow each other
 * around the ring; the last one stays until the next is whole, or, where there
 * is no room for both, until what it holds is in place for good.  Pages that go
 * to consecutive blocks are written together.
 *
 * There is one committer at a time, so nothing here is locked.
 */
#define DESCRIPTORS (RECORD_MAX / FS_LOG_ENTRIES + 1)

// So one page is enough for all descriptors: it is written before the next.
static_assert(BLOCK_RUN <= FS_LOG_ENTRIES, "a run has one descriptor at most");

struct record record;

/* Collects pages that belong to consecutive blocks into one write. */
struct run {
    uint64_t block; // of the first page
    size_t count;
    int error; // the first one; nothing is written after it
    struct page *page[BLOCK_RUN];
};

/* Write what was collected.  0, or what has failed so far. */
static int run_write(struct run *run)
{
    if (run->count > 0 && run->error == 0) {
        run->error = block_io(volume.dev, BLOCK_WRITE, run->block, run->page,
                              run->count);
    }
    run->count = 0;
    return run->error;
}

/* The same, and make all that was written durable. */
static void run_flush(struct run *run)
{
    if (run_write(run) == 0) {
        run->error = block_flush(volume.dev);
    }
}

/* Add a page. */
static void run_add(struct run *run, uint64_t block, struct page *page)
{
    if (run->count == BLOCK_RUN || block != run->block + run->count) {
        run_write(run);
    }
    if (run->count == 0) {
        run->block = block;
    }
    run->page[run->count++] = page;
}

/* The block of the disk where block n of a record goes. */
static uint64_t record_block(uint64_t n)
{
    return format_log_block(&volume.super, record.position + n);
}

/* Fill in the descriptor of the copies [first, first + count). */
static void describe(struct commit *commit, uint32_t first, uint32_t count)
{
    struct fs_log_descriptor *descriptor = page_address(record.page[0]);
    memset(descriptor, 0, sizeof(*descriptor));
    descriptor->magic = FS_LOG_DESCRIPTOR;
    descriptor->sequence = record.sequence;
    descriptor->count = count;
    for (uint32_t i = 0; i < count; i++) {
        const struct staged *staged = &commit->staged[first + i];
        descriptor->entry[i].block = staged->page->block;
        descriptor->entry[i].checksum =
            fs_checksum(0, page_address(staged->copy), FS_BLOCK);
    }
    descriptor->checksum = fs_checksum(0, descriptor, sizeof(*descriptor));
    commit->checksum =
        fs_checksum(commit->checksum, &descriptor->checksum, sizeof(uint64_t));
}

/* Descriptors and copies. */
static void add_record(struct commit *commit, struct run *run)
{
    for (uint32_t first = 0; first < commit->count; first += FS_LOG_ENTRIES) {
        uint32_t count =
            (uint32_t)min_u64(commit->count - first, FS_LOG_ENTRIES);
        describe(commit, first, count);
        run_add(run, record_block(commit->blocks++), record.page[0]);
        for (uint32_t i = 0; i < count; i++) {
            run_add(run, record_block(commit->blocks++),
                    commit->staged[first + i].copy);
        }
    }
}

/* The commit block. */
static void add_end(struct commit *commit, struct run *run)
{
    struct fs_log_commit *end = page_address(record.page[0]);
    memset(end, 0, FS_BLOCK);
    end->magic = FS_LOG_COMMIT;
    end->sequence = record.sequence;
    end->blocks = commit->blocks;
    end->checksum = fs_checksum(commit->checksum, end,
                                offsetof(struct fs_log_commit, checksum));
    run_add(run, record_block(commit->blocks++), record.page[0]);
}

/* The head: replay begins with the record that comes next.  Only when
   what the one before it holds is in place. */
static void add_head(struct run *run)
{
    struct fs_log_head *head = page_address(record.page[1]);
    memset(head, 0, FS_BLOCK);
    head->magic = FS_LOG_HEAD;
    head->sequence = record.sequence;
    head->start = record.position;
    head->checksum =
        fs_checksum(0, head, offsetof(struct fs_log_head, checksum));
    run_add(run, volume.super.log.start, record.page[1]);
}

/* Steps c and d. */
int record_write(struct commit *commit)
{
    struct run run = {0};
    commit->checksum = 0;
    commit->blocks = 0;
    for (struct page *page = commit->new_first; page != NULL;
         page = page->next) {
        run_add(&run, page->block, page);
    }
    if (record.kept + commit->count + DESCRIPTORS + 1 >=
        volume.super.log.count) {
        run_flush(&run); // the record before will be written over
    }
    add_record(commit, &run);
    run_flush(&run);
    add_head(&run);
    add_end(commit, &run);
    run_flush(&run);
    record_pass(commit->blocks);
    return run.error;
}

/* Step e. */
int record_checkpoint(const struct commit *commit)
{
    struct run run = {0};
    for (uint32_t i = 0; i < commit->count; i++) {
        run_add(&run, commit->staged[i].page->block, commit->staged[i].copy);
    }
    return run_write(&run);
}

/* Make the checkpoint durable, and let the head pass by its record. */
int record_finish(void)
{
    struct run run = {0};
    if (record.kept > 0) {
        run_flush(&run);
        add_head(&run);
        record.kept = 0;
    }
    return run_write(&run);
}

/* Whoever has read or written a record goes on behind it. */
void record_pass(uint64_t blocks)
{
    uint64_t ring = volume.super.log.count - 1;
    record.position = (record.position - 1 + blocks) % ring + 1;
    record.sequence++;
    record.kept = blocks;
}

/* Take memory. */
int record_init(void)
{
    record.kept = 0;
    record.page[0] = page_alloc(PAGE_KERNEL);
    record.page[1] = page_alloc(PAGE_KERNEL);
    return record.page[0] != NULL && record.page[1] != NULL ? 0 : -ENOMEM;
}
