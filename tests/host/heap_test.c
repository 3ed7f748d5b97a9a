// sources: kernel/lib/heap.c
#include "check.h"

#include "lib/heap.h"

/*
 * lib/heap: nodes are added and removed at random, and the tree is checked
 * after each step.
 */

#define NODES 200

static struct heap heap;
static struct heap_node node[NODES];

/* Count the nodes in the tree that `link` points to; all keys must be at least
   `least`. */
static int look_through(struct heap_node *const *link, uint64_t least)
{
    const struct heap_node *top = *link;
    if (top == NULL) {
        return 0;
    }
    CHECK(top->link == link);
    CHECK(top->key >= least);
    return 1 + look_through(&top->left, top->key) +
           look_through(&top->right, top->key);
}

static int count_in(void)
{
    int count = 0;
    for (int i = 0; i < NODES; i++) {
        count += node[i].link != NULL;
    }
    return count;
}

static void test_random(void)
{
    for (int i = 0; i < 20000; i++) {
        struct heap_node *one = &node[check_random_below(NODES)];
        if (one->link == NULL) {
            heap_insert(&heap, one, check_random_below(50));
        } else {
            heap_remove(one);
        }
        CHECK_EQ(look_through(&heap.root, 0), count_in());
    }
}

static void test_order(void)
{
    uint64_t last = 0;
    while (heap.root != NULL) {
        CHECK(heap.root->key >= last);
        last = heap.root->key;
        heap_remove(heap.root);
    }
    CHECK_EQ(count_in(), 0);
}

int main(int argc, char **argv)
{
    check_begin(argc, argv);
    RUN(test_random);
    RUN(test_order);
    return check_end();
}
