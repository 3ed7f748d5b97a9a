#include "lib/regions.h"

/*
 * Sets of address ranges.
 *
 * 1. Ranges of a set neither overlap nor touch: what touches becomes one.
 * 2. Removing never fails, because a machine may list more holes than there are
 *    places, and what it lists must not be used.
 *
 * Pure: no locks; whoever owns a set guards it.  Used at boot for RAM, and by
 * the page allocator.
 */

static bool ranges_overlap(struct region a, struct region b)
{
    return max_u64(a.start, b.start) < min_u64(a.end, b.end);
}

/* Add a range, joined with those that it touches. */
bool regions_add(struct regions *set, struct region range)
{
    assert(set->count >= 0 && set->count <= REGIONS_MAX);
    if (range.start >= range.end) {
        return true;
    }
    if (regions_overlap(set, range)) {
        return false;
    }
    for (int i = set->count - 1; i >= 0; i--) {
        struct region other = set->at[i];
        if (other.end == range.start || other.start == range.end) {
            range.start = min_u64(range.start, other.start);
            range.end = max_u64(range.end, other.end);
            set->at[i] = set->at[--set->count];
        }
    }
    if (set->count == REGIONS_MAX) {
        return false;
    }
    set->at[set->count++] = range;
    return true;
}

/* What is left of a range lies below the part that is taken out, or above it,
   or both.  The larger remainder is put back first: it finds the place that the
   range had. */
void regions_remove(struct regions *set, struct region range)
{
    assert(set->count >= 0 && set->count <= REGIONS_MAX);
    for (int i = set->count - 1; i >= 0; i--) {
        struct region whole = set->at[i];
        if (!ranges_overlap(whole, range)) {
            continue;
        }
        struct region below = {whole.start, max_u64(range.start, whole.start)};
        struct region above = {min_u64(range.end, whole.end), whole.end};
        bool below_is_larger =
            below.end - below.start > above.end - above.start;
        set->at[i] = set->at[--set->count];
        regions_add(set, below_is_larger ? below : above);
        regions_add(set, below_is_larger ? above : below);
    }
}

/* A covered range lies in a single one, since no two touch. */
bool regions_cover(const struct regions *set, struct region range)
{
    for (int i = 0; i < set->count; i++) {
        if (range.start >= set->at[i].start && range.end <= set->at[i].end) {
            return true;
        }
    }
    return false;
}

bool regions_overlap(const struct regions *set, struct region range)
{
    for (int i = 0; i < set->count; i++) {
        if (ranges_overlap(set->at[i], range)) {
            return true;
        }
    }
    return false;
}
