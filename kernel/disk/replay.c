#include "api/errno.h"
#include "api/fslog.h"
#include "dev/block.h"
#include "disk/format.h"
#include "disk/log.h"
#include "disk/volume.h"
#include "lib/klog.h"
#include "lib/str.h"
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
struct replay {
    struct format_reader reader; // reads into `page`
    struct page *page[2];        // a descriptor, and a copy
    uint64_t sequence;           // of the record
    uint64_t start;              // its place in the ring
};

/* format_reader.read */
static const void *replay_read(struct format_reader *reader, uint64_t block,
                               int slot)
{
    struct replay *replay = container_of(reader, struct replay, reader);
    int error = block_read(volume.dev, block, &replay->page[slot], 1);
    return error == 0 ? page_address(replay->page[slot]) : NULL;
}

/* Write the copies of a record of `length` blocks, which is whole, to their
   places.  0 or -EIO. */
static int apply(struct replay *replay, uint64_t length)
{
    uint64_t end = replay->start + length - 1; // the commit block
    for (uint64_t at = replay->start; at < end;) {
        const struct fs_log_descriptor *list = replay_read(
            &replay->reader, format_log_block(&volume.super, at++), 0);
        for (uint64_t i = 0; list != NULL && i < list->count; i++) {
            const void *copy = replay_read(
                &replay->reader, format_log_block(&volume.super, at++), 1);
            if (copy == NULL || block_write(volume.dev, list->entry[i].block,
                                            &replay->page[1], 1) != 0) {
                return -EIO;
            }
        }
        if (list == NULL) {
            return -EIO;
        }
    }
    return 0;
}

/* Replay one record and go on to the next; -ENOENT when there is none. */
static int replay_one(struct replay *replay)
{
    int64_t length = format_record(&volume.super, &replay->reader,
                                   replay->sequence, replay->start);
    if (length == -EUCLEAN) {
        return volume_refuse("its log would write to itself");
    }
    if (length <= 0) {
        return length == 0 ? -ENOENT : (int)length;
    }
    if (volume.read_only) {
        return volume_refuse("its log must be replayed, but it is read-only");
    }
    int error = apply(replay, (uint64_t)length);
    uint64_t ring = volume.super.log.count - 1;
    replay->start = (replay->start - 1 + (uint64_t)length) % ring + 1;
    replay->sequence++;
    return error;
}

/* Make the head name the place where replay has ended. */
static int write_head(const struct replay *replay)
{
    struct fs_log_head *head = page_address(replay->page[1]);
    memset(head, 0, FS_BLOCK);
    *head =
        (struct fs_log_head){FS_LOG_HEAD, replay->sequence, replay->start, 0};
    head->checksum =
        fs_checksum(0, head, offsetof(struct fs_log_head, checksum));
    int error = block_flush(volume.dev);
    if (error == 0) {
        error = block_write(volume.dev, volume.super.log.start,
                            &replay->page[1], 1);
    }
    return error == 0 ? block_flush(volume.dev) : error;
}

/* Replay all records. */
static int replay_all(struct replay *replay)
{
    const struct fs_log_head *head = page_address(replay->page[1]);
    int error =
        block_read(volume.dev, volume.super.log.start, &replay->page[1], 1);
    if (error != 0) {
        return error;
    }
    const char *fault = format_check_log(&volume.super, head);
    if (fault != NULL) {
        return volume_refuse(fault);
    }
    replay->sequence = head->sequence;
    replay->start = head->start;
    uint64_t first = replay->sequence;
    while (error == 0) {
        error = replay_one(replay);
    }
    volume.log_sequence = replay->sequence;
    volume.log_start = replay->start;
    if (error != -ENOENT || replay->sequence == first) {
        return error == -ENOENT ? 0 : error;
    }
    kprintf("fs: %s: replayed %lu transactions\n", volume.dev->name,
            replay->sequence - first);
    return write_head(replay);
}

/* Replay the log of the file system that is being mounted. */
int log_replay(void)
{
    struct replay replay = {
        .reader = {replay_read},
        .page = {page_alloc(PAGE_KERNEL), page_alloc(PAGE_KERNEL)}};
    int error = replay.page[0] != NULL && replay.page[1] != NULL
                    ? replay_all(&replay)
                    : -ENOMEM;
    for (int i = 0; i < 2; i++) {
        if (replay.page[i] != NULL) {
            page_put(replay.page[i]);
        }
    }
    return error;
}
