#include "lib/heap.h"

/*
 * Pairing heaps (Fredman, Sedgewick, Sleator, Tarjan 1986).  A node's key is
 * at most those of its children.  Each node knows the one pointer that points
 * to it, so that any node can be cut out without a search.
 */

/* Let `*where` point at `node` (or nothing). */
static void attach(struct heap_node **where, struct heap_node *node)
{
    *where = node;
    if (node != NULL) {
        node->link = where;
    }
}

/* Join two trees: the larger key goes below the smaller. */
static struct heap_node *meld(struct heap_node *a, struct heap_node *b)
{
    if (a == NULL || b == NULL) {
        return a == NULL ? b : a;
    }
    if (b->key < a->key) {
        struct heap_node *swap = a;
        a = b;
        b = swap;
    }
    attach(&b->sibling, a->child);
    attach(&a->child, b);
    return a;
}

/* Join a list of siblings: in pairs first, then all, which keeps it shallow. */
static struct heap_node *meld_list(struct heap_node *first)
{
    struct heap_node *pairs = NULL;
    while (first != NULL) {
        struct heap_node *second = first->sibling;
        struct heap_node *rest = second == NULL ? NULL : second->sibling;
        first->sibling = NULL;
        if (second != NULL) {
            second->sibling = NULL;
        }
        struct heap_node *pair = meld(first, second);
        pair->sibling = pairs;
        pairs = pair;
        first = rest;
    }
    struct heap_node *all = NULL;
    while (pairs != NULL) {
        struct heap_node *next = pairs->sibling;
        pairs->sibling = NULL;
        all = meld(all, pairs);
        pairs = next;
    }
    return all;
}

/* Put a node in. */
void heap_insert(struct heap *heap, struct heap_node *node, uint64_t key)
{
    node->key = key;
    node->child = NULL;
    node->sibling = NULL;
    attach(&heap->root, meld(heap->root, node));
}

/* Cut the node out and put its children back. */
void heap_remove(struct heap *heap, struct heap_node *node)
{
    attach(node->link, node->sibling);
    struct heap_node *below = meld_list(node->child);
    attach(&heap->root, meld(heap->root, below));
    node->link = NULL;
}
