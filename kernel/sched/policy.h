#pragma once

#include "lib/list.h"

/*
 * Scheduling policies: which thread runs next.  A policy sees entities, not
 * threads, and keeps those that are ready in a list, one for each hart; the
 * scheduler calls enqueue and pick with the lock of the hart's queue held.
 * Every entity in a list may be picked, by this hart or by another.  To add a
 * policy: write these functions, list it in policy.c.
 */
struct sched_entity {
    struct list link;   // in a list of ready ones
    uint64_t slice_end; // time at which its turn is over
};

struct sched_policy {
    const char *name;

    /* Add an entity that can run. */
    void (*enqueue)(struct list *ready, struct sched_entity *entity);

    /* Take out the entity that is to run next; NULL when there is none. */
    struct sched_entity *(*pick)(struct list *ready);

    /* Whether the running entity has to give way at time `now`, while so many
       wait.  No lock is held.  NULL: never, and no timer tick is needed. */
    bool (*tick)(uint32_t waiting, const struct sched_entity *running,
                 uint64_t now);
};

/* The policy of that name, the default for NULL; NULL when there is none. */
const struct sched_policy *policy_find(const char *name);

/* The names of all policies, for a message: "a, b". */
const char *policy_names(void);
