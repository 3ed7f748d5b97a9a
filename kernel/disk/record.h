#pragma once

#include "api/fslog.h"
#include "lib/base.h"

/*
 * Inside of the log: a transaction on its way to the disk.
 */
struct page;

#define RECORD_MAX (3 * FS_LOG_ENTRIES) // blocks that go through the log

/* A block that goes through the log. */
struct staged {
    struct page *page; // pinned, of the cache
    struct page *copy; // what is written
};

struct commit {
    struct page *new_first; // pages that go to their places, by page->next
    uint32_t count;
    struct staged staged[RECORD_MAX];
    uint64_t checksum; // of the descriptors
    uint64_t blocks;   // written to the log
};

/* The ring of records. */
struct record {
    uint64_t position; // of the next record, counted from the head on
    uint64_t sequence; // of the next record
    uint64_t kept;     // blocks of the one before it, which may be needed yet
    struct page *page[2]; // [i] for who writes records or reads them
};

extern struct record record;

/* Take the memory that this needs.  0 or -ENOMEM. */
int record_init(void);

/* Go on behind a record of `blocks` blocks. */
void record_pass(uint64_t blocks);

/* Make a transaction durable; then bring its copies to their places.  0 or
   -EIO.  Sleeps: yes. */
int record_write(struct commit *commit);
int record_checkpoint(const struct commit *commit);

/* Leave an empty log.  0 or -EIO.  Sleeps: yes. */
int record_finish(void);
