#include "vm/areatree.h"
#include "vm/space.h"

/*
 * The tree of the areas that mmap has made, for finding one, and room for one,
 * among thousands.  The few areas of the program itself are not in it.
 *
 * It is an AVL tree, ordered by address: in each node the depths of the two
 * subtrees differ by one at most.  So finding, inserting and removing cost the
 * logarithm of the number of areas, and no choice of addresses makes the tree
 * deep.  child[0] has the lower addresses, child[1] the higher ones.
 *
 * Each node knows the largest gap below an area of its subtree.  When an area
 * comes or goes, the gap below the next one changes, too.  That one is on the
 * path to it, or takes its place, so its node is updated as well.
 *
 * Lock: the space's.
 */
static int tree_depth(const struct area *tree)
{
    return tree == NULL ? 0 : tree->depth;
}

/* The gap below an area; 0 below the lowest, where the heap may grow. */
static uint64_t gap_below(const struct area *area)
{
    const struct area *below = area_prev(area);
    return below->mapped ? area->start - below->end : 0;
}

/* Work out what a node knows of its subtree, after a change below it. */
static struct area *tree_update(struct area *area)
{
    area->depth = 1;
    area->gap = gap_below(area);
    for (int side = 0; side < 2; side++) {
        const struct area *child = area->child[side];
        if (child != NULL) {
            area->depth = (uint8_t)max_u64(area->depth, child->depth + 1);
            area->gap = max_u64(area->gap, child->gap);
        }
    }
    return area;
}

/* Rotate: put a child above its parent; returns the child. */
static struct area *tree_lift(struct area *parent, bool side)
{
    struct area *child = parent->child[side];
    assert(child != NULL);
    parent->child[side] = child->child[!side];
    child->child[!side] = tree_update(parent);
    return tree_update(child);
}

/* Balance a node after one side has become deeper, or less deep, by one;
   returns the node that is in its place now. */
static struct area *tree_balance(struct area *area)
{
    int lean = tree_depth(area->child[1]) - tree_depth(area->child[0]);
    if (lean >= -1 && lean <= 1) {
        return tree_update(area);
    }
    bool side = lean > 0; // the deeper one
    struct area *child = area->child[side];
    assert(child != NULL);
    if (tree_depth(child->child[!side]) > tree_depth(child->child[side])) {
        area->child[side] = tree_lift(child, !side);
    }
    return tree_lift(area, side);
}

/* A subtree with one more area. */
static struct area *tree_with(struct area *tree, struct area *area)
{
    if (tree == NULL) {
        area->child[0] = NULL;
        area->child[1] = NULL;
        return tree_update(area);
    }
    bool side = area->start > tree->start;
    tree->child[side] = tree_with(tree->child[side], area);
    return tree_balance(tree);
}

/* A subtree without one of its areas.  If that has areas on both sides, the
   next higher one takes its place. */
static struct area *tree_without(struct area *tree, const struct area *area)
{
    if (tree != area) {
        bool side = area->start > tree->start;
        tree->child[side] = tree_without(tree->child[side], area);
        return tree_balance(tree);
    }
    struct area *next = tree->child[1];
    if (next == NULL) {
        return tree->child[0];
    }
    while (next->child[0] != NULL) {
        next = next->child[0];
    }
    struct area *higher = tree_without(tree->child[1], next);
    next->child[0] = tree->child[0];
    next->child[1] = higher;
    return tree_balance(next);
}

void areatree_insert(struct area *area)
{
    area->space->mappings = tree_with(area->space->mappings, area);
}

void areatree_remove(struct area *area)
{
    area->space->mappings = tree_without(area->space->mappings, area);
}

struct area *areatree_find(struct space *space, vaddr_t va)
{
    struct area *found = &space->top;
    struct area *at = space->mappings;
    while (at != NULL) {
        if (va < at->end) {
            found = at;
            at = at->child[0];
        } else {
            at = at->child[1];
        }
    }
    return found;
}

vaddr_t areatree_gap(const struct space *space, uint64_t length)
{
    const struct area *at = space->mappings;
    const struct area *lowest = area_next(space->heap);
    if (USER_TOP - area_prev(&space->top)->end >= length) {
        return USER_TOP;
    }
    if (at == NULL || at->gap < length) {
        bool fits = at != NULL && lowest->start - space->heap->end >= length;
        return fits ? lowest->start : 0;
    }
    while (true) { // a subtree that has such a gap
        const struct area *higher = at->child[1];
        if (higher != NULL && higher->gap >= length) {
            at = higher;
        } else if (gap_below(at) >= length) {
            return at->start;
        } else {
            at = at->child[0];
        }
    }
}
