// sources: FS
// flags: -fno-strict-aliasing -DTETHER_CHECK
#include "check.h"

#include <string.h>
#include "api/fcntl.h"
#include "api/fslog.h"
#include "disk/log.h"
#include "fs/fs.h"
#include "fs_image.h"
#include "seam.h"
#include "sys/syscall.h"

/*
 * The table in disk/log.c: what a crash in each step of a commit leaves.
 *
 * A file of one letter is written over with B by transaction N-1, and with C by
 * transaction N.  Each disk that a row of the table is about is put together
 * from the writes that were recorded, and mounted: how many transactions are
 * replayed, and which letter is there.
 */
#define BLOCK  4096UL
#define BLOCKS 256
#define SMALL  3  // blocks of the file: the ring has room for two records
#define LARGE  33 // it has none

static char *empty;
static char before[BLOCKS * BLOCK]; // the disk before N-1
static char disk[BLOCKS * BLOCK];
static struct seam_write *event; // from the commit of N-1 on
static size_t total;             // of them
static size_t durable;           // the last flush before the commit of N
static size_t begin;             // the commit of N begins
static size_t first;             // FLUSH 1; then head, commit block, FLUSH 2
static size_t end;               // of the commit of N

static void fill(int64_t fd, char letter, uint64_t blocks)
{
    static char bytes[LARGE * BLOCK];
    memset(bytes, letter, sizeof(bytes));
    sys_call(SYS_lseek, (uint64_t)fd, 0, 0);
    CHECK_EQ(sys_call(SYS_write, (uint64_t)fd, (uint64_t)bytes, blocks * BLOCK),
             (int64_t)(blocks * BLOCK));
    CHECK_EQ(fs_sync(), 0);
}

/* Put events [from, to) on the disk. */
static void apply(size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        if (event[i].bytes != NULL) {
            memcpy(disk + event[i].block * BLOCK, event[i].bytes, BLOCK);
        }
    }
}

/* The disk with the first `count` events. */
static void begin_with(size_t count)
{
    memcpy(disk, before, sizeof(disk));
    apply(0, count);
}

/* Mount the disk: `replayed` transactions are, and `letter` is there. */
static void finds(uint64_t replayed, char letter)
{
    uint64_t count = 0;
    char found = '?';
    CHECK_EQ(test_mount(disk, BLOCKS, 1), 0);
    sscanf(seam_message(), "fs: disk: replayed %lu", &count);
    test_read(test_open("/file", O_RDONLY), &found, 1);
    CHECK_EQ(count, replayed);
    CHECK_EQ(found, letter);
    test_end();
}

/* Record the commits of N-1 and N, with what finishes the log in the end, and
   between them if `finishes`. */
static void record(uint64_t blocks, bool finishes)
{
    CHECK_EQ(test_mount(empty, BLOCKS, 1), 0);
    int64_t fd = test_open("/file", O_CREATE | O_RDWR);
    fill(fd, 'A', blocks);
    log_finish();
    seam_disk_copy(before);
    seam_record(true);
    fill(fd, 'B', blocks);
    if (finishes) {
        log_finish();
    }
    seam_writes(&begin);
    fill(fd, 'C', blocks);
    seam_writes(&end);
    log_finish();
    seam_record(false);
    const struct seam_write *writes = seam_writes(&total);
    event = calloc(total, sizeof(*event));
    for (size_t i = 0; i < total; i++) {
        event[i].block = writes[i].block;
        if (writes[i].bytes != NULL) {
            event[i].bytes = malloc(BLOCK);
            memcpy(event[i].bytes, writes[i].bytes, BLOCK);
            uint64_t magic;
            memcpy(&magic, writes[i].bytes, sizeof(magic));
            first = magic == FS_LOG_COMMIT && i < end ? i - 2 : first;
        }
        durable = writes[i].block == SEAM_FLUSH && i < begin ? i : durable;
    }
    CHECK_EQ(event[first].block, SEAM_FLUSH);
    CHECK_EQ(event[first + 3].block, SEAM_FLUSH);
    test_end();
}

static void forget(void)
{
    for (size_t i = 0; i < total; i++) {
        free(event[i].bytes);
    }
    free(event);
}

/* Rows d to "finishing", with what is replayed when of d nothing was written,
   and when the commit block alone was. */
static void check_rows(uint64_t neither, uint64_t alone, char letter)
{
    size_t head = first + 1;
    begin_with(first);
    finds(neither, 'B');
    begin_with(first);
    apply(head, head + 1);
    finds(0, 'B');
    begin_with(first);
    apply(head + 1, head + 2);
    finds(alone, letter);
    begin_with(first + 3);
    finds(1, 'C');
    for (size_t i = first + 4; i < end; i++) { // part of the checkpoint
        begin_with(first + 3);
        apply(i, end);
        finds(1, 'C');
    }
    begin_with(total - 1);
    finds(1, 'C');
    begin_with(total);
    finds(0, 'C');
}

/* There is room for both records. */
static void test_room(void)
{
    record(SMALL, false);
    for (size_t lost = durable; lost <= begin; lost++) { // a, b
        begin_with(lost);
        finds(1, 'B');
    }
    begin_with(durable);
    apply(begin, first); // c, and N-1 is not in place
    finds(1, 'B');
    check_rows(1, 2, 'C');
    forget();
}

/* N is written over N-1, behind FLUSH 0. */
static void test_no_room(void)
{
    record(LARGE, false);
    CHECK_EQ(event[begin].block, SEAM_FLUSH);
    begin_with(begin);
    finds(1, 'B');
    apply(begin, first); // c
    finds(0, 'B');
    check_rows(0, 0, 'B');
    forget();
}

/* The log was finished behind N-1, but the head was not flushed. */
static void test_finished(void)
{
    record(SMALL, true);
    begin_with(durable);
    finds(1, 'B');
    apply(begin, first); // c
    finds(1, 'B');
    begin_with(begin);
    finds(0, 'B');
    check_rows(0, 1, 'C');
    forget();
    record(LARGE, true);
    begin_with(durable);
    apply(begin, first);
    finds(0, 'B'); // N-1, which the head names, is written over
    check_rows(0, 1, 'C');
    forget();
}

int main(int argc, char **argv)
{
    check_begin(argc, argv);
    empty = test_empty_image(BLOCKS);
    RUN(test_room);
    RUN(test_no_room);
    RUN(test_finished);
    free(empty);
    return check_end();
}
