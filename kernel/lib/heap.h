#pragma once

#include "lib/base.h"

/*
 * Skew heaps: priority queues whose nodes lie inside the elements.  To insert
 * and to take out any node is O(log n) amortised, and no memory is needed.
 */
struct heap_node {
    uint64_t key;
    struct heap_node *left;
    struct heap_node *right;
    struct heap_node **link; // the pointer that points here; NULL: not in
};

struct heap {
    struct heap_node *root; // smallest key, or NULL
};

void heap_insert(struct heap *heap, struct heap_node *node, uint64_t key);

/* Take a node out; it must be in. */
void heap_remove(struct heap_node *node);
