#include "sched/policy.h"
#include "lib/fmt.h"
#include "lib/str.h"

/*
 * Round robin: first come, first served, each for one slice.  "coop" is round
 * robin without the slice: a thread runs until it gives up the hart by itself,
 * which is how machines without a timer interrupt had to work.
 *
 * Pure code: no locks, no machine.
 */

/* To the back of the queue. */
static void rr_enqueue(struct list *ready, struct sched_entity *entity)
{
    list_push_back(ready, &entity->link);
}

/* The one that has waited longest. */
static struct sched_entity *rr_pick(struct list *ready)
{
    struct list *link = list_pop_front(ready);
    return link == NULL ? NULL : list_entry(link, struct sched_entity, link);
}

/* When the slice is over and somebody waits. */
static bool rr_tick(uint32_t waiting, const struct sched_entity *running,
                    uint64_t now)
{
    return waiting > 0 && now >= running->slice_end;
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

const char *policy_names(void)
{
    static char names[80];
    size_t n = str_copy(names, policies[0].name, sizeof(names));
    for (size_t i = 1; i < ARRAY_LENGTH(policies) && n < sizeof(names); i++) {
        n += (size_t)snprintf(names + n, sizeof(names) - n, ", %s",
                              policies[i].name);
    }
    return names;
}
