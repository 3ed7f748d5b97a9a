#include "vm/area.h"

/*
 * Finding an area, and room for one, among many.
 *
 * The areas of the program itself are few.  Those that mmap has made may be
 * thousands; they are besides in a tree, by address.  Each node knows of all
 * below it where they begin and end and what the largest gap between them is.
 *
 * It is an AVL tree: the depths of what is on the left and on the right of a
 * node differ by one at most.  So finding, adding and removing cost the
 * logarithm of their number, and no choice of addresses makes it deep.
 *
 * Lock: the space's.
 */

/* The number of a page, which has 26 bits. */
static uint32_t page_at(vaddr_t va)
{
    return (uint32_t)(va >> PAGE_SHIFT);
}

static int depth(const struct area *tree)
{
    return tree == NULL ? 0 : tree->depth;
}

/* Note what is below a node that has changed, or its children have. */
static struct area *settle(struct area *area)
{
    const struct area *left = area->left;
    const struct area *right = area->right;
    area->depth = (uint8_t)(1 + max_u64(depth(left), depth(right)));
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

/* Put the left child, or the right one, above its parent. */
static struct area *lift_left(struct area *area)
{
    struct area *left = area->left;
    area->left = left->right;
    left->right = settle(area);
    return settle(left);
}

static struct area *lift_right(struct area *area)
{
    struct area *right = area->right;
    area->right = right->left;
    right->left = settle(area);
    return settle(right);
}

/* Settle a node, one of whose sides has become deeper or less deep by one. */
static struct area *balance(struct area *area)
{
    struct area *left = area->left;
    struct area *right = area->right;
    int lean = depth(right) - depth(left);
    if (lean < -1) {
        bool inner = depth(left->right) > depth(left->left);
        area->left = inner ? lift_right(left) : left;
        return lift_left(area);
    }
    if (lean > 1) {
        bool inner = depth(right->left) > depth(right->right);
        area->right = inner ? lift_left(right) : right;
        return lift_right(area);
    }
    return settle(area);
}

/* A tree with an area more, or less. */
static struct area *with(struct area *tree, struct area *area)
{
    if (tree == NULL) {
        area->left = NULL;
        area->right = NULL;
        return settle(area);
    }
    if (area->start < tree->start) {
        tree->left = with(tree->left, area);
    } else {
        tree->right = with(tree->right, area);
    }
    return balance(tree);
}

/* A tree without its first area, which is returned in *first. */
static struct area *without_first(struct area *tree, struct area **first)
{
    if (tree->left == NULL) {
        *first = tree;
        return tree->right;
    }
    tree->left = without_first(tree->left, first);
    return balance(tree);
}

static struct area *without(struct area *tree, const struct area *area)
{
    if (area->start < tree->start) {
        tree->left = without(tree->left, area);
    } else if (tree != area) {
        tree->right = without(tree->right, area);
    } else if (tree->right == NULL) {
        return tree->left;
    } else {
        struct area *next;
        struct area *right = without_first(tree->right, &next);
        next->left = tree->left;
        next->right = right;
        tree = next;
    }
    return balance(tree);
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
