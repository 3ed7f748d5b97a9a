#include "mm/area.h"
#include "lib/hash.h"

/*
 * Finding an area, and room for one, among many.
 *
 * The areas of the program itself are few.  Those that mmap has made may be
 * thousands; they are besides in a tree, by address.  Each node knows of all
 * below it where they begin and end and what the largest gap between them is.
 *
 * The tree stays balanced by chance: of two nodes the one with the larger hash
 * of its address in memory is above the other (a treap).  So it looks as if
 * areas had come in random order, and finding, adding and removing cost the
 * logarithm of their number.  It is changed by dividing and joining trees.
 *
 * Lock: the space's.
 */

/* The number of a page, which has 26 bits. */
static uint32_t page_at(vaddr_t va)
{
    return (uint32_t)(va >> PAGE_SHIFT);
}

/* Note what is below a node that has changed, or its children have. */
static struct area *settle(struct area *area)
{
    const struct area *left = area->left;
    const struct area *right = area->right;
    area->low = page_at(area->start);
    area->high = page_at(area->end);
    area->gap = 0;
    if (left != NULL) {
        area->gap = (uint32_t)max_u64(left->gap, area->low - left->high);
        area->low = left->low;
    }
    if (right != NULL) {
        uint64_t gap = max_u64(right->gap, right->low - area->high);
        area->high = right->high;
        area->gap = (uint32_t)max_u64(area->gap, gap);
    }
    return area;
}

/* Twice: areas often come in the order of their addresses in memory, and one
   product alone would rise and fall with these. */
static uint64_t height(const struct area *area)
{
    uint64_t once = hash_scatter((uintptr_t)area);
    return hash_scatter(once ^ once >> 32);
}

/* One tree of two, of which the first is below the second by address. */
static struct area *join(struct area *below, struct area *above)
{
    if (below == NULL || above == NULL) {
        return below == NULL ? above : below;
    }
    if (height(below) > height(above)) {
        below->right = join(below->right, above);
        return settle(below);
    }
    above->left = join(below, above->left);
    return settle(above);
}

/* Two trees of one: what begins below `at`, and the rest. */
static void divide(struct area *tree, vaddr_t at, struct area **below,
                   struct area **rest)
{
    if (tree == NULL) {
        *below = NULL;
        *rest = NULL;
    } else if (tree->start < at) {
        divide(tree->right, at, &tree->right, rest);
        *below = settle(tree);
    } else {
        divide(tree->left, at, below, &tree->left);
        *rest = settle(tree);
    }
}

/* A tree with an area more, or less. */
static struct area *with(struct area *tree, struct area *area)
{
    if (tree == NULL || height(area) > height(tree)) {
        divide(tree, area->start, &area->left, &area->right);
        return settle(area);
    }
    if (area->start < tree->start) {
        tree->left = with(tree->left, area);
    } else {
        tree->right = with(tree->right, area);
    }
    return settle(tree);
}

static struct area *without(struct area *tree, const struct area *area)
{
    if (tree == area) {
        return join(area->left, area->right);
    }
    if (area->start < tree->start) {
        tree->left = without(tree->left, area);
    } else {
        tree->right = without(tree->right, area);
    }
    return settle(tree);
}

void area_enter(struct area *area)
{
    area->space->mappings = with(area->space->mappings, area);
}

void area_leave(struct area *area)
{
    area->space->mappings = without(area->space->mappings, area);
}

struct area *area_find(struct space *space, vaddr_t va)
{
    struct area *found = &space->top;
    struct area *at = space->mappings;
    while (at != NULL) {
        if (va < at->end) {
            found = at;
            at = at->left;
        } else {
            at = at->right;
        }
    }
    return found;
}

/* The page that ends the highest gap inside of a tree; 0: it has none. */
static uint32_t gap_inside(const struct area *at, uint64_t pages)
{
    while (at != NULL) {
        const struct area *left = at->left;
        const struct area *right = at->right;
        if (right != NULL && right->gap >= pages) {
            at = right;
        } else if (right != NULL && right->low - page_at(at->end) >= pages) {
            return right->low;
        } else if (left != NULL && page_at(at->start) - left->high >= pages) {
            return page_at(at->start);
        } else {
            at = left;
        }
    }
    return 0;
}

vaddr_t area_gap(const struct space *space, uint64_t length)
{
    const uint32_t top = USER_TOP >> PAGE_SHIFT;
    const struct area *root = space->mappings;
    uint64_t pages = length >> PAGE_SHIFT;
    uint32_t end = root == NULL ? top : root->low; // of the lowest gap
    if (root != NULL && top - root->high >= pages) {
        end = top;
    } else if (root != NULL && root->gap >= pages) {
        end = gap_inside(root, pages);
    } else if (end - page_at(space->heap->end) < pages) {
        end = 0;
    }
    return (vaddr_t)end << PAGE_SHIFT;
}
