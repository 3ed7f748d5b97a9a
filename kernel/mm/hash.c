#include "mm/hash.h"
#include "lib/str.h"
#include "mm/layout.h"

/*
 * Memory for hash tables.  The heads of a table's chains must follow each other
 * in memory.  Pages do so only as long as none has been handed out, so memory
 * for all tables is taken at boot, in one piece.
 */
#define HEADS_A_PAGE 2 // at least, for each page of RAM

static void **memory; // what no table has taken yet
static int bits;      // there are 2^bits heads in all

/* Takes less if no piece is that large. */
void hash_boot(void)
{
    paddr_t pa;
    while (1UL << bits < page_counts.total * HEADS_A_PAGE) {
        bits++;
    }
    while ((pa = page_carve(sizeof(*memory) << bits)) == 0) {
        bits--;
    }
    memory = phys_to_virt(pa);
}

void hash_init(struct hash *hash, int share)
{
    uint64_t heads = 1UL << (bits - share);
    hash->shift = 64 - (bits - share);
    hash->chain = memory;
    memset(memory, 0, heads * sizeof(*memory));
    memory += heads;
}
