#include "lib/heap.h"

/*
 * Skew heaps (Sleator, Tarjan 1986).  A node's key is at most those below it.
 * Each node knows the one pointer that points to it, so that any node can be
 * cut out without a search.
 */

/* Make `*where` point at `node`, which may be NULL. */
static void heap_attach(struct heap_node **where, struct heap_node *node)
{
    *where = node;
    if (node != NULL) {
        node->link = where;
    }
}

/*
 * Put the union of two trees where `where` points: from the top down the
 * smaller key of the two, whose right subtree is united with the other tree.
 * The subtrees change sides at each step, so that a long way down gets shorter.
 */
static void heap_meld(struct heap_node **where, struct heap_node *a,
                      struct heap_node *b)
{
    while (a != NULL && b != NULL) {
        if (b->key < a->key) {
            struct heap_node *swap = a;
            a = b;
            b = swap;
        }
        struct heap_node *right = a->right;
        heap_attach(where, a);
        heap_attach(&a->right, a->left);
        where = &a->left;
        a = right;
    }
    heap_attach(where, a == NULL ? b : a);
}

void heap_insert(struct heap *heap, struct heap_node *node, uint64_t key)
{
    *node = (struct heap_node){.key = key};
    heap_meld(&heap->root, heap->root, node);
}

/* Its two subtrees, united, take the place of the node. */
void heap_remove(struct heap_node *node)
{
    assert(node->link != NULL && *node->link == node);
    heap_meld(node->link, node->left, node->right);
    node->link = NULL;
}
