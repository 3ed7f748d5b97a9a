#pragma once

#include "api/fslog.h"

/*
 * The records of the log: a transaction on its way to the disk, and back after
 * a crash.  One committer at a time calls this.
 */
struct page;

#define RECORD_DESCRIPTORS 3 // of one record, at most
#define RECORD_MAX         (RECORD_DESCRIPTORS * FS_LOG_ENTRIES) // its copies

/* A block that goes through the log. */
struct staged {
    struct page *page; // of the cache, pinned
    struct page *copy; // [i] its bytes when the transaction was closed
};

/* A closed transaction. */
struct commit {
    struct page *new_first; // pages of new blocks, by page->next; those with
                            // BC_WRITING go to their places
    uint32_t count;         // of `staged`
    struct staged staged[RECORD_MAX];
};

/* Replay the log of the volume; the number of the next record in *next.  0,
   -EIO, -ENOMEM, or -EUCLEAN with a message.  Sleeps: yes. */
int record_open(uint64_t *next);

/* Make a transaction durable: 0 or -EIO.  Sleeps: yes. */
int record_write(const struct commit *commit);

/* Write its copies to their places: 0 or -EIO.  Sleeps: yes. */
int record_checkpoint(const struct commit *commit);

/* Make the checkpoint durable and leave an empty log: 0 or -EIO.  Sleeps:
   yes. */
int record_finish(void);
