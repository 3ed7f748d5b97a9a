#pragma once

#include "lib/base.h"

/*
 * A set of address ranges that do not overlap, such as the RAM of a machine.
 */
#define REGIONS_MAX 64

struct regions {
    int count;
    struct region at[REGIONS_MAX]; // in no order; none is empty
};

/* Add a range; false, and nothing is added, when it overlaps one that is there
   or is one too many.  An empty range changes nothing. */
bool regions_add(struct regions *set, struct region range);

/* Take a range out, wherever it overlaps the set.  When there is no place for
   one more remainder, the smaller one is taken out as well. */
void regions_remove(struct regions *set, struct region range);

/* Whether all of a range is in the set. */
bool regions_cover(const struct regions *set, struct region range);

/* Whether any of a range is in the set. */
bool regions_overlap(const struct regions *set, struct region range);
