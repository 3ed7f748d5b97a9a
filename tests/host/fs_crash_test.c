// sources: FS mkfs/check.c mkfs/view.c tests/host/fs_work.c
#include "check.h"

#include <string.h>
#include "../../mkfs/check.h"
#include "api/fcntl.h"
#include "api/fslog.h"
#include "fs_image.h"
#include "fs_work.h"
#include "seam.h"

/*
 * Crashes.
 *
 * A workload runs on a small disk.  Every write and flush is recorded, and
 * after each step a digest of everything that programs can see is stored.  Then
 * the test crashes the machine at every point of the recording.  Writes before
 * the last flush are on the disk; of the writes since then, all, some blocks,
 * or some sectors of blocks are.  Each such disk is mounted, and
 *
 *  - fsck must find nothing, before and after the file system is used;
 *  - the visible state must have the digest after some step: not before the
 *    last one made durable by sync or fsync, and not after one that had not
 *    begun.
 *
 * To show that the method finds bugs, some disks behave wrongly: flushes that
 * do nothing, writes that come too early, checksums that always match.
 */
#define BLOCK   4096UL
#define SECTOR  512UL
#define BLOCKS  256 // of the disk: the smallest with 64 for the log
#define SUBSETS 4   // of the writes since the last flush, for each point
#define NOTHING (UINT64_MAX - 1) // replaces a dropped flush
#define NESTED  97 // in one of this many states, crash again during recovery

static char *empty;              // the disk before the workload
static struct seam_write *event; // the recording
static size_t event_count;
static struct work_history history;
static int states, bad, nested_states; // of the current workload
static bool fix_checksums;             // make every checksum in the log match
static bool shows_problems;            // print the first bad states

/* ---- disks after a crash ------------------------------------------------ */

/* Apply a write to a disk: all of it, or the sectors in `mask`. */
static void apply(char *disk, const struct seam_write *write, unsigned mask)
{
    for (unsigned i = 0; i < BLOCK / SECTOR && write->bytes != NULL; i++) {
        if ((mask >> i & 1) != 0) {
            memcpy(disk + write->block * BLOCK + i * SECTOR,
                   write->bytes + i * SECTOR, SECTOR);
        }
    }
}

/* A block of the log, counted from the head. */
static void *log_block(char *disk, uint64_t at)
{
    const struct fs_super *super = (const struct fs_super *)disk;
    uint64_t ring = super->log.count - 1;
    return disk + (super->log.start + 1 + (at - 1) % ring) * BLOCK;
}

/* Make the checksums of a record match its contents; returns where it ends, or
   0 if there is none. */
static uint64_t fix_record(char *disk, uint64_t at, uint64_t sequence)
{
    uint64_t sum = 0;
    struct fs_log_descriptor *list;
    while (list = log_block(disk, at++), list->magic == FS_LOG_DESCRIPTOR) {
        if (list->sequence != sequence || list->count > FS_LOG_ENTRIES) {
            return 0;
        }
        for (uint64_t i = 0; i < list->count; i++) {
            list->entry[i].checksum =
                fs_checksum(0, log_block(disk, at++), BLOCK);
        }
        list->checksum = 0;
        list->checksum = fs_checksum(0, list, BLOCK);
        sum = fs_checksum(sum, &list->checksum, sizeof(sum));
    }
    struct fs_log_commit *end = (struct fs_log_commit *)list;
    end->checksum =
        fs_checksum(sum, end, offsetof(struct fs_log_commit, checksum));
    return end->magic == FS_LOG_COMMIT ? at : 0;
}

/* Do this for all records, as if nobody checked checksums. */
static void pretend_checksums(char *disk)
{
    const struct fs_super *super = (const struct fs_super *)disk;
    const struct fs_log_head *head =
        (const struct fs_log_head *)(disk + super->log.start * BLOCK);
    uint64_t sequence = head->sequence;
    for (uint64_t at = head->start; at != 0; sequence++) {
        at = fix_record(disk, at, sequence);
    }
}

/* The problems that fsck finds on the current disk. */
static int fsck(void)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    static char image[BLOCKS * BLOCK];
    seam_disk_copy(image);
    int problems = check_image(image, BLOCKS, out);
    fclose(out);
    if (problems != 0 && bad < 3 && shows_problems) {
        printf("%.300s", text);
    }
    free(text);
    return problems;
}

/* Mount a disk and check it; returns whether it is sound. */
static bool is_sound(const char *disk, size_t first, size_t last)
{
    bool good = test_mount(disk, BLOCKS, check_random()) == 0;
    if (good) {
        uint64_t digest = work_digest();
        good = fsck() == 0 && work_found(&history, digest, first, last) &&
               work_try() && fsck() == 0;
    }
    test_end();
    return good;
}

/* Crash during the recovery of a disk: after each of its writes, of which there
   may not be more than in the first recovery. */
static void crash_again(const char *disk, size_t first, size_t last)
{
    static char copy[BLOCKS * BLOCK];
    size_t count;
    seam_record(true);
    test_mount(disk, BLOCKS, check_random());
    test_end();
    seam_record(false);
    struct seam_write *writes = seam_writes(&count);
    memcpy(copy, disk, BLOCKS * BLOCK);
    for (size_t i = 0; i < count; i++) {
        if (writes[i].bytes != NULL) {
            unsigned mask = check_random_below(3) == 0 ? 0x0f : 0xff;
            apply(copy, &writes[i], mask);
            nested_states++;
            bad += !is_sound(copy, first, last);
            apply(copy, &writes[i], 0xff);
        }
    }
}

/* Check one disk after a crash. */
static void try_disk(char *disk, size_t at)
{
    size_t first = work_durable(&history, at);
    size_t last = work_begun(&history, at);
    if (fix_checksums) {
        pretend_checksums(disk);
    }
    states++;
    if (!is_sound(disk, first, last)) {
        bad++;
    } else if (states % NESTED == 0) {
        crash_again(disk, first, last);
    }
}

/* Which sectors of a write since the last flush have reached the disk: all
   sectors of all writes, of all but one, of some, or any sectors. */
static unsigned reached(int way, bool is_lost)
{
    switch (way) {
    case 0:
        return 0xff;
    case 1:
        return is_lost ? 0 : 0xff;
    case 2:
        return check_random_below(2) == 0 ? 0xff : 0;
    default:
        return check_random_below(2) == 0 ? 0xff
                                          : (unsigned)check_random_below(256);
    }
}

/* Crash after `at` events; those from `flushed` on may be lost. */
static void crash_at(const char *durable, size_t flushed, size_t at)
{
    static char disk[BLOCKS * BLOCK];
    for (int n = 0; n <= SUBSETS && (n == 0 || at > flushed); n++) {
        size_t lost =
            at > flushed ? flushed + check_random_below(at - flushed) : 0;
        memcpy(disk, durable, BLOCKS * BLOCK);
        for (size_t i = flushed; i < at; i++) {
            apply(disk, &event[i], reached(n, i == lost));
        }
        try_disk(disk, at);
    }
}

/* Crash at one in `step` events. */
static void crash_everywhere(size_t step)
{
    char *durable = malloc(BLOCKS * BLOCK);
    memcpy(durable, empty, BLOCKS * BLOCK);
    size_t flushed = 0;
    for (size_t at = 0; at <= event_count; at++) {
        if (at % step == 0) {
            crash_at(durable, flushed, at);
        }
        if (at < event_count && event[at].block == SEAM_FLUSH) {
            for (; flushed < at; flushed++) {
                apply(durable, &event[flushed], 0xff);
            }
            flushed = at + 1;
        }
    }
    free(durable);
}

/* ---- workloads ---------------------------------------------------------- */

/* Run a workload and keep the recording. */
static void record(const struct work *work)
{
    size_t count;
    CHECK_EQ(test_mount(empty, BLOCKS, 1), 0);
    seam_record(true);
    work_run(work, &history, check_random());
    seam_record(false);
    test_end();
    struct seam_write *writes = seam_writes(&count);
    event = malloc((count + 1) * sizeof(*event));
    event_count = count;
    for (size_t i = 0; i < count; i++) {
        event[i] = writes[i];
        if (writes[i].bytes != NULL) {
            event[i].bytes = malloc(BLOCK);
            memcpy(event[i].bytes, writes[i].bytes, BLOCK);
        }
    }
}

static void forget(void)
{
    for (size_t i = 0; i < event_count; i++) {
        free(event[i].bytes);
    }
    free(event);
    work_forget(&history);
}

/* Minimum number of states for each workload. */
#define STATES 1500

static void test_crashes(void)
{
    int sum = 0;
    int nested = 0;
    shows_problems = true;
    for (int i = 0; i < work_count; i++) {
        record(&works[i]);
        states = bad = nested_states = 0;
        while (states < STATES) {
            crash_everywhere(1);
        }
        printf("%-8s %4zu steps, %5zu writes and flushes: %5d states, %4d "
               "while recovering, %d bad\n",
               works[i].name, history.count, event_count, states, nested_states,
               bad);
        CHECK_EQ(bad, 0);
        sum += states;
        nested += nested_states;
        forget();
    }
    printf("%d states, and %d while recovering\n", sum, nested);
    shows_problems = false;
    CHECK(sum >= STATES * work_count);
    CHECK(nested > 20);
}

/* ---- disks that are wrong ----------------------------------------------- */

/* Whether an event is the write of a commit block. */
static bool is_commit(const struct seam_write *write)
{
    return write->bytes != NULL &&
           ((const struct fs_log_commit *)write->bytes)->magic == FS_LOG_COMMIT;
}

/* The flushes around a commit: with a head before the commit block, the order
   is FLUSH, head, commit block, FLUSH. */
enum { FIRST = -2, HEAD = -1, SECOND = 1 };

/* A flush before or after each commit does nothing. */
static void drop_flushes(int where)
{
    for (size_t i = 2; i + 1 < event_count; i++) {
        if (is_commit(&event[i])) {
            event[i + (size_t)where].block = NOTHING;
        }
    }
}

/* All other flushes do nothing: those before a record is overwritten, and
   before the head when a log is finished. */
static void drop_others(void)
{
    for (size_t i = 0; i < event_count; i++) {
        bool is_first = i + 2 < event_count && is_commit(&event[i - FIRST]);
        bool is_second = i > 0 && is_commit(&event[i - SECOND]);
        if (event[i].block == SEAM_FLUSH && !is_first && !is_second) {
            event[i].block = NOTHING;
        }
    }
}

/* The head is written before the first flush. */
static void head_early(void)
{
    for (size_t i = 2; i < event_count; i++) {
        if (is_commit(&event[i])) {
            struct seam_write head = event[i + (size_t)HEAD];
            event[i + (size_t)HEAD] = event[i + (size_t)FIRST];
            event[i + (size_t)FIRST] = head;
        }
    }
}

/* The writes that belong after a commit block come before it. */
static void checkpoint_early(void)
{
    for (size_t i = 0; i + 2 < event_count; i++) {
        if (!is_commit(&event[i])) {
            continue;
        }
        size_t to = i;
        for (size_t n = i + 2; n < event_count && event[n].block != SEAM_FLUSH;
             n++) {
            struct seam_write moved = event[n];
            memmove(&event[to + 1], &event[to], (n - to) * sizeof(*event));
            event[to++] = moved;
        }
        i = to;
    }
}

static const struct work *work_named(const char *name)
{
    int i = 0;
    while (strcmp(works[i].name, name) != 0) {
        i++;
    }
    return &works[i];
}

/* Run a workload on a wrong disk; returns the number of bad states. */
static int count_bad(const char *name, void (*change)(void))
{
    record(work_named(name));
    if (change != NULL) {
        change();
    }
    states = bad = nested_states = 0;
    crash_everywhere(1 + event_count / 200);
    forget();
    return bad;
}

static void drop_first(void)
{
    drop_flushes(FIRST);
}

static void drop_second(void)
{
    drop_flushes(SECOND);
}

static void test_wrong_disks_are_caught(void)
{
    CHECK(count_bad("append", drop_first) > 0);
    CHECK(count_bad("names", drop_second) > 0);
    CHECK(count_bad("names", drop_others) > 0);
    CHECK(count_bad("names", head_early) > 0);
    CHECK(count_bad("names", checkpoint_early) > 0);
}

/* The commit block is written before the first flush, and the head after it. */
static void commit_early(void)
{
    for (size_t i = 2; i < event_count; i++) {
        if (is_commit(&event[i])) {
            struct seam_write end = event[i];
            event[i] = event[i + (size_t)HEAD];
            event[i + (size_t)HEAD] = event[i + (size_t)FIRST];
            event[i + (size_t)FIRST] = end;
        }
    }
}

/* Without a flush before the commit block, only the checksums keep names
   sound. */
static void test_checksums_matter(void)
{
    CHECK_EQ(count_bad("nodes", commit_early), 0);
    fix_checksums = true;
    CHECK(count_bad("nodes", commit_early) > 0);
    fix_checksums = false;
}

/* Change each word of a block in several ways and mount: the log is rejected,
   or each of its records counts completely or not at all. */
static void mutate_block(char *base, uint64_t block, size_t words)
{
    for (size_t i = 0; i < words; i++) {
        uint32_t *word = (uint32_t *)(base + block * BLOCK) + i;
        uint32_t before = *word;
        const uint32_t other[] = {0, before ^ 1, before + 1, UINT32_MAX,
                                  (uint32_t)check_random()};
        for (size_t way = 0; way < ARRAY_LENGTH(other); way++) {
            *word = other[way];
            if (test_mount(base, BLOCKS, 1) == 0) {
                CHECK_EQ(fsck(), 0);
                CHECK(work_try());
            }
            test_end();
        }
        *word = before;
    }
}

/* Every field of a log that contains a transaction. */
static void test_log_fields(void)
{
    static char base[BLOCKS * BLOCK];
    size_t at = 0;
    record(work_named("names"));
    memcpy(base, empty, sizeof(base));
    while (!is_commit(&event[at])) { // through the first commit block
        apply(base, &event[at++], 0xff);
    }
    apply(base, &event[at], 0xff);
    const struct fs_super *super = (const struct fs_super *)base;
    mutate_block(base, super->log.start, 8);
    mutate_block(base, super->log.start + 1, 8 + 4 * 8);
    mutate_block(base, super->log.start + 2, 16); // the first copy
    mutate_block(base, event[at].block, 8);
    forget();
}

int main(int argc, char **argv)
{
    check_begin(argc, argv);
    seam_set_pages(2048);
    empty = test_empty_image(BLOCKS);
    RUN(test_crashes);
    RUN(test_wrong_disks_are_caught);
    RUN(test_checksums_matter);
    RUN(test_log_fields);
    free(empty);
    return check_end();
}
