#pragma once

#include "dev/block.h"
#include "lib/base.h"

/*
 * The hosted seam: what the file system stands on, made for a host program
 * behind the kernel's own headers: spinlocks, sleep locks, wait queues, pages,
 * pools, transfers, messages, a process, a disk.
 *
 * Threads are coroutines.  At each lock and each wait a seeded generator
 * chooses who goes on, so a schedule is as good as its seed.
 */

/* Begin afresh: memory as new, no threads, no faults to come. */
void seam_reset(uint64_t seed);
void seam_reset_memory(void); // its part in seam_memory.c

/* Threads.  seam_run runs all to their end; it returns how many are left that
   nobody will ever wake. */
struct seam_thread;
struct seam_thread *seam_spawn(void (*body)(void *), void *arg);
int seam_run(void);
void seam_yield(void);
void seam_kill(struct seam_thread *thread);

/* Give up one that waits, and would for ever. */
void seam_abandon(struct seam_thread *thread);

/* Let others run, perhaps. */
void seam_maybe_yield(void);

/* The disk: `blocks` blocks of memory, which stay as they are; and a copy of
   what it is now. */
struct block_device *seam_disk(const char *base, uint64_t blocks);
void seam_disk_copy(char *into);
void seam_disk_protect(bool read_only); // from the next seam_disk on
uint64_t seam_disk_reads(void);

/* What was written, in order, from seam_record on: a block each, or a flush. */
#define SEAM_FLUSH UINT64_MAX
struct seam_write {
    uint64_t block; // or SEAM_FLUSH
    char *bytes;    // of a block
};
void seam_record(bool on);
struct seam_write *seam_writes(size_t *count);

/* Let the n-th disk read, write, flush or allocation from now on fail (0:
   none); writes fail ever after if `forever`. */
void seam_fail_read(uint64_t n);
void seam_fail_write(uint64_t n, bool forever);
void seam_fail_flush(uint64_t n);
void seam_fail_alloc(uint64_t n);
void seam_fail_block(uint64_t block); // every read of it
bool seam_fault_is_due(void);         // it has not happened yet
void seam_no_faults(void);

/* Pages there are in all, from the next seam_reset on. */
void seam_set_pages(size_t count);

/* Objects and pages in use. */
int64_t seam_objects(void);
int64_t seam_pages(void);

/* Called once, right before the next write to the disk; and each time a sleep
   lock was released.  NULL: no more. */
void seam_on_write(void (*hook)(void));
void seam_on_release(void (*hook)(const char *name));

/* The last message of the kernel. */
const char *seam_message(void);

/* User memory is the host's; this stretch of it is not accessible. */
#define SEAM_BAD_ADDRESS 0x1000UL
