#pragma once

#include "lib/base.h"

/*
 * The log: what makes a change of the file system whole.
 *
 * A call that changes something opens an operation, changes cached pages and
 * closes it.  Operations join the open transaction, which is committed as one:
 * after a crash all of it is there, or nothing.
 *
 * 1. An operation says when it is opened how many blocks it will change at
 *    most, and waits until there is room for them; so it never fails half-way
 *    for want of room.
 * 2. It is opened before any inode is locked (rank LOG), and never inside of
 *    another one.
 * 3. A page is changed only after log_change or log_new was called for it.
 */
struct page;

struct op {
    uint32_t left; // blocks that it may still change
};

/* What the owner of free space does while a transaction is committed. */
struct log_hooks {
    /* No operation is open, and the pages will be copied next.  Returns one
       more page that is to be part of the transaction, or NULL. */
    struct page *(*before_copy)(void);

    /* The pages were copied; still no operation is open. */
    void (*after_copy)(void);

    /* The transaction is durable.  Sleeps: yes. */
    void (*committed)(void);
};

/* Replay the log of the volume that was opened, and get ready for operations.
   0, -EIO, -ENOMEM, or -EUCLEAN with a message.  Sleeps: yes. */
int log_open(const struct log_hooks *hooks);

/* Open an operation that changes up to `blocks` blocks, at most log_room().
   0, or -EROFS when nothing may be changed (any more).  Sleeps: yes. */
int log_begin(struct op *op, uint32_t blocks);

/* Close an operation; it makes no use of blocks that are left. */
void log_end(struct op *op);

/* The most blocks that one operation may ask for, with any log and any RAM at
   least LOG_ROOM_LEAST: 32, which is what calls of fs/ want that change names
   or free blocks, and 7 to spare. */
#define LOG_ROOM_LEAST 39
uint32_t log_room(void);

/* A cached page is about to be changed: it goes through the log.
   Sleeps: yes. */
void log_change(struct op *op, struct page *page);

/* The page of a block that this operation has allocated is about to be changed:
   it is written to its place before the transaction is committed.
   Sleeps: yes. */
void log_new(struct page *page);

/* The number of the open transaction. */
uint64_t log_current(void);

/* Make everything up to transaction `id` durable: 0, -EIO when that failed.
   Locks: none, no operation open.  Sleeps: yes. */
int log_commit(uint64_t id);

/* Make everything up to now durable, and wait until the blocks and the memory
   that this frees can be used.  0 or -EIO.  Sleeps: yes. */
int log_settle(void);

/* Whether a call that failed for want of blocks or memory should be tried
   again, which is once: what its operation found freed, but not committed, is
   free now.  Locks: none, no operation open.  Sleeps: yes. */
bool log_try_again(int error, bool *tried);

/* Make everything durable and leave an empty log.  The empty head is not
   flushed: after a power cut the last record may be replayed once more.
   Sleeps: yes. */
void log_finish(void);

/* Whether a write to the disk has failed; nothing is written after that. */
bool log_has_failed(void);

/* Commit what is older than a second, and finish the log of a quiet disk; the
   body of a kernel thread, which never returns. */
void log_run(void *unused);
