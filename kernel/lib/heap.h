#pragma once

#include "lib/types.h"

/*
 * Pairing heaps: priority queues whose nodes lie inside the elements.  Insert
 * is O(1), taking out any node O(log n) amortised, and no memory is needed.
 */
struct heap_node {
    uint64_t key;
    struct heap_node *child;   // first child
    struct heap_node *sibling; // next child of the same parent
    struct heap_node **link;   // the pointer that points here; NULL: not in
};

struct heap {
    struct heap_node *root; // smallest key, or NULL
};

void heap_insert(struct heap *heap, struct heap_node *node, uint64_t key);

/* Take a node out; it must be in. */
void heap_remove(struct heap *heap, struct heap_node *node);
