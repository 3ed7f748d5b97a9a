#include "sched/policy.h"
#include "lib/atomic.h"
#include "lib/str.h"

/*
 * Round robin: first come, first served, each for one slice.  "coop" is the
 * same without the slice: a thread runs until it gives up the hart by itself,
 * which is how machines without a timer interrupt had to work.
 *
 * Pure code: no locks, no machine.  The caller holds the queue's lock.
 */

/* An empty queue. */
void ready_queue_init(struct ready_queue *queue)
{
    list_init(&queue->entities);
    queue->count = 0;
}

/* To the back of the queue. */
static void rr_enqueue(struct ready_queue *queue, struct sched_entity *entity)
{
    list_push_back(&queue->entities, &entity->link);
    atomic_store_relaxed(&queue->count, queue->count + 1);
}

/* The one that waits longest and may go where it is to run. */
static struct sched_entity *rr_pick(struct ready_queue *queue, bool leaves)
{
    list_for_each (link, &queue->entities) {
        struct sched_entity *entity =
            list_entry(link, struct sched_entity, link);
        if (!leaves || !atomic_load_acquire(&entity->on_hart)) {
            list_remove(link);
            atomic_store_relaxed(&queue->count, queue->count - 1);
            return entity;
        }
    }
    return NULL;
}

/* When the slice is over and somebody waits. */
static bool rr_tick(const struct ready_queue *queue,
                    const struct sched_entity *running, uint64_t now)
{
    return queue->count != 0 && now >= running->slice_end;
}

static const struct sched_policy policies[] = {
    {"rr", rr_enqueue, rr_pick, rr_tick},
    {"coop", rr_enqueue, rr_pick, NULL},
};

const struct sched_policy *policy_find(const char *name)
{
    for (size_t i = 0; i < ARRAY_LENGTH(policies); i++) {
        if (name == NULL || strcmp(policies[i].name, name) == 0) {
            return &policies[i];
        }
    }
    return NULL;
}
