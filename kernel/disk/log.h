#pragma once

#include "lib/base.h"

/*
 * The log: what makes a change of the file system whole.
 *
 * A call that changes something opens an operation, changes cached pages and
 * closes it.  Operations gather in a transaction, which is committed as one:
 * after a crash all of it is there, or nothing.
 *
 * 1. An operation says at its beginning how many blocks it will change at most
 *    and waits until there is room; so it never fails half-way for want of it.
 * 2. It is opened before any inode is locked (rank LOG) and not nested.
 * 3. A page is changed only after log_change or log_new was called for it.
 */
struct page;

struct op {
    uint32_t left; // blocks that it may still change
};

/* Set up the log of the mounted file system, after replay.  0 or -ENOMEM. */
int log_init(void);

/* Open an operation that changes up to `blocks` blocks, at most log_room().
   0, or -EROFS when nothing may be changed (any more).  Sleeps: yes. */
int log_begin(struct op *op, uint32_t blocks);

/* The same for one that frees blocks. */
int log_begin_free(struct op *op, uint32_t blocks);

void log_end(struct op *op);

/* The most blocks that one operation may ask for. */
uint32_t log_room(void);

/* The cached page of a block is about to be changed: it goes through the log.
   Sleeps: yes. */
void log_change(struct op *op, struct page *page);

/* The same for a block that this operation has allocated: its page is written
   in place before the transaction is committed. */
void log_new(struct page *page);

/* The transaction that is open now. */
uint64_t log_current(void);

/* Make everything up to transaction `id` durable: 0, -EIO when that failed.
   Locks: none, no operation open.  Sleeps: yes. */
int log_commit(uint64_t id);

/* The same for everything up to now, and wait until what that sets free, blocks
   and memory, can be used: for who has run out of it. */
int log_settle(void);

/* Make everything durable and leave an empty log.  That it is empty is not
   flushed: after a power cut the last record may be replayed once more.
   Sleeps: yes. */
void log_finish(void);

/* Whether a write to the disk has failed; nothing is written after that. */
bool log_has_failed(void);

/* Commit what is older than a second, for ever, and finish the log of a disk
   that is quiet; a kernel thread. */
void log_run(void *unused);

/* Bring the blocks of committed transactions to their places, after a crash
   (disk/replay.c).  0, -EIO, -ENOMEM or -EUCLEAN.  Sleeps: yes. */
int log_replay(void);
