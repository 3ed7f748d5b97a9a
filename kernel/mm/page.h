#pragma once

#include "lib/atomic.h"
#include "lib/list.h"

/*
 * Physical pages.  Every page of RAM that the kernel hands out has a struct
 * page; a page lives as long as there is a reference to it.  The bytes are
 * reached through the linear map: page_address().
 */

/* What a page is used for, which says how to read the rest of the struct. */
enum page_owner {
    PAGE_FREE,   // on the free list
    PAGE_KERNEL, // page tables, stacks, pipe buffers, working memory
    PAGE_POOL,   // cut into small objects (mm/pool)
    PAGE_ANON,   // private memory of processes
    PAGE_CACHE,  // a disk block (disk/bcache)
    PAGE_OWNERS,
};

struct page {
    uint32_t refs;         // [a] references; 0 only when free
    uint8_t owner;         // enum page_owner; [i] while allocated
    uint8_t flags;         // PAGE_CACHE: BC_* flags, lock RANK_BCACHE
    bool is_zero;          // set by the last owner: its bytes are zeros
    uint16_t free_objects; // PAGE_POOL: unused objects, pool's lock
    struct list link;      // free list, pool's list, or list of clean pages
    union {
        void *objects;  // PAGE_POOL: first unused object
        uint64_t block; // PAGE_CACHE: block number
        uint64_t used;  // PAGE_KERNEL: of a page table (mm/pagetable)
    };
    union {
        void *pool;             // PAGE_POOL: its struct pool
        struct page *hash_next; // PAGE_CACHE: chain of the hash table
    };
    struct page *next; // PAGE_CACHE: list of new blocks of a transaction
} __attribute__((aligned(64))); // or page_address would have to divide

/* Take a page with one reference; its bytes are undefined (page_alloc_zeroed:
   zero).  NULL when memory has run out even after reclaiming.
   Locks: takes pages, pools and caches (may reclaim).  Sleeps: no. */
struct page *page_alloc(enum page_owner owner);
struct page *page_alloc_zeroed(enum page_owner owner);

static inline void page_ref(struct page *page)
{
    atomic_add_relaxed(&page->refs, 1);
}

/* Free a page that had `refs` references, which must be 1, and has none now. */
void page_free(struct page *page, uint32_t refs);

/* Drop a reference; without the last one the page is free. */
static inline void page_put(struct page *page)
{
    uint32_t before = atomic_sub_full(&page->refs, 1);
    if (before <= 1) {
        page_free(page, before);
    }
}

/* Drop a reference to each of n pages.  The array is scratch space after it. */
void page_put_all(struct page **pages, size_t n);

/* A page of 4096 bytes has a struct of 64, so the struct is at 1/64 of the
   page's address in the linear map, taken as a signed number (mm/layout.h).
   Host tests have their pages elsewhere. */
#ifdef TETHER_HOSTED
extern uintptr_t page_origin; // where the struct of a page at 0 would be
#else
#define page_origin 0UL
#endif

/* The page's bytes in the linear map. */
static inline void *page_address(const struct page *page)
{
    return (void *)(((uintptr_t)page - page_origin) / sizeof(*page)
                    << PAGE_SHIFT);
}

/* The page that holds the byte at a linear-map address. */
static inline struct page *page_of(const void *address)
{
    size_t number = (size_t)((intptr_t)address >> PAGE_SHIFT);
    return (struct page *)(page_origin + number * sizeof(struct page));
}

/* What gives pages back when memory is short, set at boot.  None of these may
   sleep or allocate.  They take only locks from rank RANK_DCACHE on, so nobody
   may hold one of those while asking for a page. */
extern struct page_hooks {
    size_t (*reclaim)(size_t want); // free up to `want` clean cached pages: how
                                    // many it freed
    bool (*unmap)(void); // take clean pages of files out of page tables: any?
    void (*trim)(void);  // free objects that are kept for later
} page_hooks;

/* Give back everything that is kept for later, except cached blocks. */
void page_trim(void);

/* Take over the RAM that is not reserved.  Called once, before kmap_init, which
   maps the structs of pages; only then can pages be allocated. */
void page_init(void);

/* Between page_init and the end of kmap_init: take `bytes`, a power of two and
   at least a page, aligned to their size, for good.  The address; 0: no room
   for more than a page.  Panics when there is no room for one page. */
paddr_t page_carve(uint64_t bytes);

bool page_is_fresh(paddr_t pa); // never used since boot

/* Counts of pages; exact only when nothing else runs. */
extern struct page_counts {
    size_t total;              // [i] after boot: all that are managed
    size_t free;               // lock RANK_PAGES: on the list and fresh
    size_t owned[PAGE_OWNERS]; // lock RANK_PAGES: by owner
} page_counts;
