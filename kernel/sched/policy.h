#pragma once

#include "lib/list.h"

/*
 * Scheduling policies: which thread runs next.  A policy sees entities, not
 * threads, and keeps them in a hart's ready queue; the scheduler calls it with
 * the queue's lock held.  To add one: write these functions, list it in
 * policy.c.
 */
struct sched_entity {
    struct list link;   // in a ready queue
    bool on_hart;       // [a] its registers are still, or already, on a hart
    uint64_t slice_end; // time at which its turn is over
};

struct ready_queue {
    struct list entities;
    uint32_t count; // [a] to be read without the lock
};

struct sched_policy {
    const char *name;

    /* Add an entity that can run. */
    void (*enqueue)(struct ready_queue *queue, struct sched_entity *entity);

    /* Take out the entity that is to run next; NULL when there is none.  If it
       `leaves` for another hart, never one that is still on a hart. */
    struct sched_entity *(*pick)(struct ready_queue *queue, bool leaves);

    /* Whether the running entity has to give way at time `now`.  NULL: never,
       and no timer tick is needed. */
    bool (*tick)(const struct ready_queue *queue,
                 const struct sched_entity *running, uint64_t now);
};

/* The policy of that name, the default for NULL; NULL when there is none. */
const struct sched_policy *policy_find(const char *name);

void ready_queue_init(struct ready_queue *queue);
