/*
 * Sorting: heapsort, which needs neither extra memory nor recursion for any
 * input.
 */
#include "user/user.h"

typedef int (*compare_fn)(const void *, const void *);

/* Exchange two elements. */
static void swap(char *a, char *b, size_t size)
{
    for (; size > 0; size--) {
        char byte = *a;

        *a++ = *b;
        *b++ = byte;
    }
}

/* Move the element at `root` down until no child is larger.  The children of
   element i are 2i + 1 and 2i + 2. */
static void sink(char *base, size_t root, size_t count, size_t size,
                 compare_fn compare)
{
    for (;;) {
        size_t below = 2 * root + 1;

        if (below >= count) {
            return;
        }
        if (below + 1 < count &&
            compare(base + below * size, base + (below + 1) * size) < 0) {
            below++;
        }
        if (compare(base + root * size, base + below * size) >= 0) {
            return;
        }
        swap(base + root * size, base + below * size, size);
        root = below;
    }
}

/* Sort `count` elements of `size` bytes; equal ones in any order. */
void qsort(void *base, size_t count, size_t size, compare_fn compare)
{
    for (size_t i = count / 2; i-- > 0;) {
        sink(base, i, count, size, compare);
    }
    while (count > 1) {
        count--;
        swap(base, (char *)base + count * size, size);
        sink(base, 0, count, size, compare);
    }
}
