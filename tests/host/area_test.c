// sources: kernel/vm/areatree.c
/* The tree of areas, against a plain list: at random. */
#include "check.h"
#include "vm/space.h"

enum { AREAS = 300, ROUNDS = 15000, LENGTH_MAX = 64 };

static struct space space;
static struct area heap = {.end = 0x200000};
static struct area areas[AREAS];
static bool used[AREAS];

/* A space with nothing but its heap. */
static void empty_space(void)
{
    space.heap = &heap;
    space.top.start = USER_MAX;
    space.top.end = UINT64_MAX;
    space.mappings = NULL;
    list_init(&space.top.link);
    list_push_back(&space.top.link, &heap.link);
}

/* Link an area into the ring and the tree, or out of both. */
static void enter(struct area *area)
{
    list_push_back(&areatree_find(&space, area->start)->link, &area->link);
    areatree_insert(area);
}

static void leave(struct area *area)
{
    list_remove(&area->link);
    areatree_remove(area);
}

/* The same as areatree_find. */
static struct area *plain_find(vaddr_t va)
{
    struct area *best = &space.top;
    for (int i = 0; i < AREAS; i++) {
        if (used[i] && va < areas[i].end && areas[i].start < best->start) {
            best = &areas[i];
        }
    }
    return best;
}

/* The same as areatree_gap: below which of all starts there is room. */
static vaddr_t plain_gap(uint64_t length)
{
    vaddr_t best = 0;
    for (int i = -1; i < AREAS; i++) {
        if (i >= 0 && !used[i]) {
            continue;
        }
        vaddr_t end = i < 0 ? USER_TOP : areas[i].start;
        vaddr_t below = heap.end;
        for (int k = 0; k < AREAS; k++) {
            if (used[k] && areas[k].end <= end && areas[k].end > below) {
                below = areas[k].end;
            }
        }
        if (end - below >= length && end > best) {
            best = end;
        }
    }
    return best;
}

static uint64_t random_below(uint64_t limit)
{
    return check_random() % limit;
}

/* Add an area; the tree or a random number determines its address. */
static void add(struct area *area)
{
    uint64_t length = (1 + random_below(LENGTH_MAX)) * PAGE_SIZE;
    vaddr_t end = areatree_gap(&space, length + 2 * PAGE_SIZE);
    CHECK_EQ(end, plain_gap(length + 2 * PAGE_SIZE));
    if (random_below(4) == 0) {
        end = 0x300000 + random_below(1 << 16) * PAGE_SIZE;
        if (plain_find(end - length - PAGE_SIZE)->start < end) {
            return;
        }
    }
    *area = (struct area){.space = &space, .mapped = true};
    area->end = end - PAGE_SIZE;
    area->start = area->end - length;
    used[area - areas] = true;
    enter(area);
}

/* Remove an area, or shrink it. */
static void change(struct area *area)
{
    if (random_below(2) == 0 || area->end - area->start == PAGE_SIZE) {
        used[area - areas] = false;
        leave(area);
        return;
    }
    areatree_remove(area);
    if (random_below(2) == 0) {
        area->start += PAGE_SIZE;
    } else {
        area->end -= PAGE_SIZE;
    }
    areatree_insert(area);
}

/* The depth of a tree; in each node the depths of the two sides may differ by
   one. */
static int depth(const struct area *tree)
{
    int left = tree == NULL ? 0 : depth(tree->child[0]);
    int right = tree == NULL ? 0 : depth(tree->child[1]);
    CHECK(left - right <= 1 && right - left <= 1);
    return tree == NULL ? 0 : 1 + (left > right ? left : right);
}

/* Searches and gaps agree with a scan of all areas. */
static void test_random(void)
{
    for (int round = 0; round < ROUNDS; round++) {
        struct area *area = &areas[random_below(AREAS)];
        if (used[area - areas]) {
            change(area);
        } else {
            add(area);
        }
        vaddr_t va = random_below(2) == 0
                         ? area->start + random_below(4) * PAGE_SIZE
                         : random_below(USER_TOP);
        CHECK(areatree_find(&space, va) == plain_find(va));
        depth(space.mappings);
    }
}

/* The tree is equally flat for every order and location of the areas: a deep
   one would overflow the kernel's stack. */
static void test_orders(void)
{
    enum { COUNT = 255, ENOUGH = 10 };
    static struct area many[COUNT];
    for (int order = 0; order < 3; order++) {
        empty_space();
        for (int i = 0; i < COUNT; i++) {
            int zigzag = i % 2 == 0 ? i / 2 : COUNT - 1 - i / 2;
            int place[] = {i, COUNT - 1 - i, zigzag};
            vaddr_t start = 0x300000 + place[order] * 2 * PAGE_SIZE;
            many[i] = (struct area){.space = &space,
                                    .start = start,
                                    .end = start + PAGE_SIZE,
                                    .mapped = true};
            enter(&many[i]);
            CHECK(depth(space.mappings) <= ENOUGH);
        }
        for (int i = 0; i < COUNT; i++) {
            leave(&many[(i * 7) % COUNT]);
            CHECK(depth(space.mappings) <= ENOUGH);
        }
        CHECK(space.mappings == NULL);
    }
}

int main(int argc, char **argv)
{
    check_begin(argc, argv);
    empty_space();
    RUN(test_random);
    RUN(test_orders);
    return check_end();
}
