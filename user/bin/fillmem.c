/*
 * fillmem [-s]: fill the memory that is free, and see whether it holds.
 *
 * Each page is filled with its own number.  When all are written, all are read
 * back. So no two pages share RAM, and none is missing.  The kernel allocates
 * never-used pages from one end of a range of RAM to the other, so this reaches
 * the far end of a large machine.  With -s only one page in each 2 MiB is
 * touched: the same range of addresses at little cost.
 *
 * The memory comes from sbrklazy(), which may exceed what the kernel would
 * promise. A margin is left for page tables and other programs.
 */
#include "user/user.h"
#include "api/counters.h"

enum {
    PAGE = 4096,
    STRIDE = 512,       // pages that one page of the lowest table maps
    MARGIN_LEAST = 256, // pages
};

/* Free pages. */
static long pages_free(void)
{
    struct counter list[COUNTERS_MAX];
    int n = counters(list, COUNTERS_MAX);

    for (int i = 0; i < n; i++) {
        if (strcmp(list[i].name, "pages free") == 0) {
            return list[i].value;
        }
    }
    return 0;
}

/* Whether pages `step` pages apart hold their numbers. */
static int pages_hold(const char *start, long pages, long step)
{
    for (long i = 0; i < pages; i += step) {
        long found = *(const volatile long *)(start + i * PAGE);

        if (found != ~i) {
            fprintf(2, "fillmem: page %ld of %ld holds 0x%lx, not 0x%lx\n", i,
                    pages, found, ~i);
            return 0;
        }
    }
    return 1;
}

int main(int argc, char **argv)
{
    int sparse = argc == 2 && strcmp(argv[1], "-s") == 0;
    long step = sparse ? STRIDE : 1;
    long pages = pages_free();

    if (argc > 1 && !sparse) {
        fprintf(2, "usage: fillmem [-s]\n");
        return 2;
    }
    pages -= pages / STRIDE + pages / 1024 + MARGIN_LEAST;
    char *start = pages > 0 ? sbrklazy(pages * PAGE) : SBRK_ERROR;
    if (start == SBRK_ERROR) {
        fprintf(2, "fillmem: no memory for %ld pages\n", pages);
        return 1;
    }
    for (long i = 0; i < pages; i += step) {
        *(volatile long *)(start + i * PAGE) = ~i;
    }
    if (!pages_hold(start, pages, step)) {
        return 1;
    }
    printf("fillmem: %ld MiB hold, every %ld KiB\n", pages / 256, step * 4);
    return 0;
}
