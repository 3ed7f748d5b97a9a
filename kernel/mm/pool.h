#pragma once

#include "lib/list.h"
#include "sync/spinlock.h"

/*
 * Pools: small objects of one size and type, cut from pages.  A page whose
 * objects are all free goes back to the page allocator.  A pool counts its
 * live objects; the counters call reports each pool by name.
 *
 *   [i] fixed after boot   [l] written under `lock`
 */
struct pool {
    struct spinlock lock; // rank POOL
    const char *name;     // [i]
    uint32_t size;        // [i] of an object, bytes
    uint32_t per_page;    // [i] objects in a page
    struct list partial;  // [l] pages with a free object, most recent first
    int64_t live;         // [l] objects in use
    struct list all;      // [i] link in the list of all pools
};

/* Prepare a pool of objects of `size` bytes (8 to 2048); called at boot. */
void pool_init(struct pool *pool, const char *name, size_t size);

/* An object of zero bytes, or NULL when memory has run out.  Sleeps: no. */
void *pool_alloc(struct pool *pool);

/* Walk the list of all pools: the one after `after` (NULL: the first). */
struct pool *pool_next(const struct pool *after);

/* Give an object back.  NULL is allowed. */
void pool_free(struct pool *pool, void *object);
