#pragma once

#include "lib/base.h"

/*
 * Hash tables of the file system: arrays of chains.  RAM limits how many items
 * there can be, and the tables are as large as that, so chains stay short and
 * no table has to grow.
 */
struct hash {
    void **chain; // [i] heads, all NULL at first
    int shift;    // [i] 2^(64 - shift) of them
};

/* Set memory aside; between page_init and kmap_init. */
void hash_boot(void);

/* Give a table 1 / 2^share of that memory; all shares make one at most. */
void hash_init(struct hash *hash, int share);

/* The head of the chain for a key. */
static inline void **hash_chain(const struct hash *hash, uint64_t key)
{
    return &hash->chain[hash_scatter(key) >> hash->shift];
}

/* Put an object at the head of a chain; `link` is its field for the next one.
   */
static inline void hash_insert(void **chain, void *object, void *link)
{
    *(void **)link = *chain;
    *chain = object;
}

/* Take an object off its chain. */
static inline void hash_remove(void **chain, const void *object, void *link)
{
    size_t offset = (size_t)((char *)link - (const char *)object);
    while (*chain != object) {
        chain = (void **)((char *)*chain + offset);
    }
    *chain = *(void **)link;
}
