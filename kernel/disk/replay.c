#include "dev/block.h"
#include "disk/format.h"
#include "disk/log.h"
#include "disk/record.h"
#include "disk/volume.h"
#include "lib/klog.h"
#include "mm/page.h"

/*
 * Replay: what the log holds goes to its place.
 *
 * The head names the oldest record that may not be in place.  A record counts
 * only as a whole: it is read once to see that every checksum holds and that
 * nothing in it is aimed where no record may write (disk/format.c), and once
 * more to be written.  Then comes the next one, until one is not there or not
 * whole: that is where the crash was.
 *
 * Replay may itself be interrupted.  It writes the same bytes to the same
 * places however often it runs, and moves the head only when all is in place.
 *
 * Blocks are read and written past the cache, which is empty yet.
 */

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

/* Replay one record and go on to the next; -ENOENT when there is none. */
static int replay_one(void)
{
    struct format_reader looking = {replay_read, NULL};
    struct format_reader applying = {replay_read, replay_apply};
    int64_t length = format_record(&volume.super, &looking, record.sequence,
                                   record.position);
    if (length == -EUCLEAN) {
        return volume_refuse("its log would write to itself");
    }
    if (length < 0) {
        return (int)length;
    }
    if (volume.read_only) {
        return volume_refuse("its log must be replayed, but it is read-only");
    }
    if (format_record(&volume.super, &applying, record.sequence,
                      record.position) != length) {
        return -EIO;
    }
    record_pass((uint64_t)length);
    return 0;
}

/* Find out from the head where the records begin. */
static int read_head(void)
{
    const struct fs_log_head *head =
        replay_read(NULL, volume.super.log.start, 0);
    if (head == NULL) {
        return -EIO;
    }
    const char *fault = format_check_log(&volume.super, head);
    record.sequence = head->sequence;
    record.position = head->start;
    return fault != NULL ? volume_refuse(fault) : 0;
}

/* Replay the log of the file system that is being mounted.  The head passes by
   what is in place then; with several records that must be durable before the
   first of them is written over. */
int log_replay(void)
{
    int error = record_init();
    if (error == 0) {
        error = read_head();
    }
    uint64_t first = record.sequence;
    while (error == 0) {
        error = replay_one();
    }
    if (error != -ENOENT || record.sequence == first) {
        return error == -ENOENT ? 0 : error;
    }
    kprintf("fs: %s: replayed %lu transactions\n", volume.dev->name,
            record.sequence - first);
    error = record_finish();
    return error == 0 ? block_flush(volume.dev) : error;
}
