#include "mm/pool.h"
#include "lib/str.h"
#include "mm/page.h"

/*
 * Small objects.  A page of a pool is cut into equal objects; the free ones of
 * a page form a list through their first word, whose head is in the struct
 * page.  Pages with a free object are on the pool's list `partial`; a full
 * page is on no list, and its first freed object brings it back.
 *
 * Lock: each pool's own, over its list, its counts and its pages' lists.  It
 * is not held while a page is allocated, because that may reclaim, and what
 * reclaims may free objects of this very pool.
 */
static struct list pools = {&pools, &pools}; // [i] after boot

void pool_init(struct pool *pool, const char *name, size_t size)
{
    assert(size <= PAGE_SIZE / 2);
    spin_init(&pool->lock, name, RANK_POOL);
    pool->name = name;
    pool->size = (uint32_t)round_up(max_u64(size, sizeof(void *)), 16);
    pool->per_page = (uint32_t)(PAGE_SIZE / pool->size);
    pool->live = 0;
    list_init(&pool->partial);
    list_push_back(&pools, &pool->all);
}

/* Cut a new page into objects.  It is on no list yet, so no lock is needed. */
static void pool_cut(struct pool *pool, struct page *page)
{
    char *base = page_address(page);
    page->pool = pool;
    page->objects = NULL;
    page->free_objects = (uint16_t)pool->per_page;
    for (uint32_t i = pool->per_page; i-- > 0;) {
        void **object = (void **)(base + (size_t)i * pool->size);
        check_poison(object, pool->size);
        *object = page->objects;
        page->objects = object;
    }
}

void *pool_alloc(struct pool *pool)
{
    spin_acquire(&pool->lock);
    if (list_is_empty(&pool->partial)) {
        spin_release(&pool->lock);
        struct page *fresh = page_alloc(PAGE_POOL);
        if (fresh == NULL) {
            return NULL;
        }
        pool_cut(pool, fresh);
        spin_acquire(&pool->lock);
        list_push_front(&pool->partial, &fresh->link);
    }
    struct page *page = list_entry(pool->partial.next, struct page, link);
    void **object = page->objects;
    page->objects = *object;
    if (--page->free_objects == 0) {
        list_remove(&page->link);
    }
    pool->live++;
    spin_release(&pool->lock);
    check_unchanged(object + 1, pool->size - sizeof(void *), POISON_FREE,
                    pool->name);
    return memset(object, 0, pool->size);
}

void pool_free(struct pool *pool, void *object)
{
    if (object == NULL) {
        return;
    }
    struct page *page = page_of(object);
    assert(page->owner == PAGE_POOL && page->pool == pool);
    check_poison(object, pool->size);
    spin_acquire(&pool->lock);
    *(void **)object = page->objects;
    page->objects = object;
    pool->live--;
    if (page->free_objects++ == 0) {
        list_push_front(&pool->partial, &page->link);
    }
    bool is_empty = page->free_objects == pool->per_page;
    if (is_empty) {
        list_remove(&page->link);
    }
    spin_release(&pool->lock);
    if (is_empty) {
        page_put(page);
    }
}

struct pool *pool_next(const struct pool *after)
{
    struct list *link = after == NULL ? pools.next : after->all.next;
    return link == &pools ? NULL : list_entry(link, struct pool, all);
}
