#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Workloads for crash tests, and the history of a run: a digest of the visible
 * state after each step.
 */
struct work {
    const char *name;
    int steps;
    void (*step)(int i); // makes one change, or syncs
};

extern const struct work works[];
extern const int work_count;

struct work_history {
    size_t count; // of digests; number 0 is that of the start
    uint64_t *digest;
    size_t *events;   // number of recorded events after the step
    bool *is_durable; // whether everything was durable then
};

/* Run a workload on the mounted disk, with random numbers from `seed`. */
void work_run(const struct work *work, struct work_history *history,
              uint64_t seed);
void work_forget(struct work_history *history);

/* The last step that was durable, or had begun, after `events` events; and
   whether a digest belongs to a step in [first, last]. */
size_t work_durable(const struct work_history *history, size_t events);
size_t work_begun(const struct work_history *history, size_t events);
bool work_found(const struct work_history *history, uint64_t digest,
                size_t first, size_t last);

/* A digest of all names, types, sizes, links and contents below "/". */
uint64_t work_digest(void);

/* Make changes all over the test image (fs_image.h); any call may fail. */
void work_use(uint64_t seed);

/* Create, change, and remove a file; returns whether that works. */
bool work_try(void);
