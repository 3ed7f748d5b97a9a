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
 * Each node knows where the subtree under it begins and ends, and the largest
 * gap between two areas in it.
 *
 * Lock: the space's.
 */
static int depth(const struct area *tree)
{
    return tree == NULL ? 0 : tree->depth;
}

/* The number of a page, which has 26 bits. */
static uint32_t page_number(vaddr_t va)
{
    return (uint32_t)(va >> PAGE_SHIFT);
}

/* Work out what a node knows of its subtree, after a change below it. */
static struct area *update(struct area *area)
{
    const struct area *lower = area->child[0];
    const struct area *higher = area->child[1];
    area->depth = (uint8_t)(1 + max_u64(depth(lower), depth(higher)));
    area->low = page_number(area->start);
    area->high = page_number(area->end);
    area->gap = 0;
    if (lower != NULL) {
        area->gap = (uint32_t)max_u64(lower->gap, area->low - lower->high);
        area->low = lower->low;
    }
    if (higher != NULL) {
        uint64_t gap = max_u64(higher->gap, higher->low - area->high);
        area->gap = (uint32_t)max_u64(area->gap, gap);
        area->high = higher->high;
    }
    return area;
}

/* Rotate: put a child above its parent; returns the child. */
static struct area *lift(struct area *parent, bool side)
{
    struct area *child = parent->child[side];
    parent->child[side] = child->child[!side];
    child->child[!side] = update(parent);
    return update(child);
}

/* Balance a node after one side has become deeper, or less deep, by one;
   returns the node that is in its place now. */
static struct area *balance(struct area *area)
{
    int lean = depth(area->child[1]) - depth(area->child[0]);
    if (lean >= -1 && lean <= 1) {
        return update(area);
    }
    bool side = lean > 0; // the deeper one
    struct area *child = area->child[side];
    if (depth(child->child[!side]) > depth(child->child[side])) {
        area->child[side] = lift(child, !side);
    }
    return lift(area, side);
}

/* A subtree with one more area. */
static struct area *with(struct area *tree, struct area *area)
{
    if (tree == NULL) {
        area->child[0] = NULL;
        area->child[1] = NULL;
        return update(area);
    }
    bool side = area->start > tree->start;
    tree->child[side] = with(tree->child[side], area);
    return balance(tree);
}

/* A subtree without one of its areas.  If that has areas on both sides, the
   next higher one takes its place. */
static struct area *without(struct area *tree, const struct area *area)
{
    if (tree != area) {
        bool side = area->start > tree->start;
        tree->child[side] = without(tree->child[side], area);
        return balance(tree);
    }
    struct area *next = tree->child[1];
    if (next == NULL) {
        return tree->child[0];
    }
    while (next->child[0] != NULL) {
        next = next->child[0];
    }
    struct area *higher = without(tree->child[1], next);
    next->child[0] = tree->child[0];
    next->child[1] = higher;
    return balance(next);
}

void areatree_insert(struct area *area)
{
    area->space->mappings = with(area->space->mappings, area);
}

void areatree_remove(struct area *area)
{
    area->space->mappings = without(area->space->mappings, area);
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

/* The page at the end of the highest gap in a subtree that has so many pages;
   there is one. */
static uint32_t gap_inside(const struct area *at, uint64_t pages)
{
    const struct area *higher = at->child[1];
    if (higher != NULL && higher->gap >= pages) {
        return gap_inside(higher, pages);
    }
    if (higher != NULL && higher->low - page_number(at->end) >= pages) {
        return higher->low;
    }
    const struct area *lower = at->child[0];
    if (page_number(at->start) - lower->high >= pages) {
        return page_number(at->start);
    }
    return gap_inside(lower, pages);
}

vaddr_t areatree_gap(const struct space *space, uint64_t length)
{
    const uint32_t top = page_number(USER_TOP);
    const struct area *root = space->mappings;
    uint64_t pages = length >> PAGE_SHIFT;
    uint32_t end = root == NULL ? top : root->low; // of the lowest gap
    if (root != NULL && top - root->high >= pages) {
        end = top;
    } else if (root != NULL && root->gap >= pages) {
        end = gap_inside(root, pages);
    } else if (end - page_number(space->heap->end) < pages) {
        end = 0;
    }
    return (vaddr_t)end << PAGE_SHIFT;
}
