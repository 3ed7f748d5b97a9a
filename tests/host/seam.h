#pragma once

#include "dev/block.h"
#include "lib/base.h"

/*
 * The hosted seam: the environment of the file system, implemented for a host
 * program behind the kernel's own headers: spinlocks, sleep locks, wait queues,
 * pages, pools, transfers, messages, a process, a disk.
 *
 * Threads are coroutines.  At each lock and each wait a seeded generator
 * chooses the next thread, so the seed determines the schedule.
 */

/* Start anew: fresh memory, no threads, no planned faults. */
void seam_reset(uint64_t seed);
void seam_reset_memory(void); // its part in seam_memory.c

/* Threads.  seam_run runs all of them to their end; returns how many remain
   asleep forever. */
struct seam_thread;
struct seam_thread *seam_spawn(void (*body)(void *), void *arg);
int seam_run(void);
void seam_yield(void);
void seam_kill(struct seam_thread *thread);

/* Remove a thread that would wait forever. */
void seam_abandon(struct seam_thread *thread);

/* Let other threads run, perhaps. */
void seam_maybe_yield(void);

/* The disk: `blocks` blocks of memory, which are not modified; and a copy of
   its present contents. */
struct block_device *seam_disk(const char *base, uint64_t blocks);
void seam_disk_copy(char *into);
void seam_disk_protect(bool read_only); // from the next seam_disk on
uint64_t seam_disk_reads(void);

/* The recorded writes, in order, from seam_record on: one block each, or a
   flush. */
#define SEAM_FLUSH UINT64_MAX
struct seam_write {
    uint64_t block; // or SEAM_FLUSH
    char *bytes;    // of the block
};
void seam_record(bool on);
struct seam_write *seam_writes(size_t *count);

/* Fail the n-th disk read, write, flush, or allocation from now on (0: none);
   with `forever`, all later writes fail, too. */
void seam_fail_read(uint64_t n);
void seam_fail_write(uint64_t n, bool forever);
void seam_fail_flush(uint64_t n);
void seam_fail_alloc(uint64_t n);
void seam_fail_block(uint64_t block); // every read of it fails
bool seam_fault_is_due(void);         // it has not occurred yet
void seam_no_faults(void);

/* Total number of pages, from the next seam_reset on. */
void seam_set_pages(size_t count);

/* Objects and pages in use. */
int64_t seam_objects(void);
int64_t seam_pages(void);

/* Called once, just before the next disk write; and each time a sleep lock is
   released. NULL: no longer. */
void seam_on_write(void (*hook)(void));
void seam_on_release(void (*hook)(const char *name));

/* The kernel's last message. */
const char *seam_message(void);

/* User memory is host memory; this address range is not accessible. */
#define SEAM_BAD_ADDRESS 0x1000UL
