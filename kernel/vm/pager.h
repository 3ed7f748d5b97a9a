#pragma once

#include "lib/list.h"
#include "sync/spinlock.h"

struct area;
struct page;
struct pager;
struct space;

/* What the pages are wanted for.  A file that is run cannot be written to in
   any way, and one that may be written to through a mapping cannot be run. */
enum pager_use { PAGER_READ, PAGER_RUN, PAGER_SHARE };

/*
 * A pager brings in the pages of a file for an address space.  vm declares it
 * and fs implements it (an inode has one), so that vm need not know files.
 */
struct pager_ops {
    /*
     * Return in *out the page with bytes [index * PAGE_SIZE, ...) of the file,
     * read in, with a reference for the caller; bytes past the end are zero.
     * 0, and then it stays the page there until `unlock`; else -EIO, -ENOMEM,
     * or -ERANGE when the page lies wholly past the end.
     * Sleeps: yes.  Locks: called with only the address space held.
     */
    int (*get_page)(struct pager *pager, uint64_t index, struct page **out);
    /*
     * Do that for a page that a shared mapping writes to: a hole gets a block
     * first.  NULL where nobody may.  Also -EROFS, -ENOSPC, -ETXTBSY.
     */
    int (*get_shared)(struct pager *pager, uint64_t index, struct page **out);
    void (*unlock)(struct pager *pager);
    /*
     * A page from get_shared was written to: make the change part of the file.
     * 0, also when the file does not have the page any more; -EROFS, -EIO,
     * -ENOMEM.
     */
    int (*writeback)(struct pager *pager, uint64_t index, struct page *page);
    void (*ref)(struct pager *pager, enum pager_use use);
    void (*put)(struct pager *pager, enum pager_use use); // may sleep
};

struct pager {
    const struct pager_ops *ops; // [i]
    struct spinlock lock;        // rank PAGER
    struct list areas;           // its views, which `lock` guards (vm/pager.c)
};

void pager_init(struct pager *pager, const struct pager_ops *ops);

/* An area begins to use its pager, or ends.  pager_remove may sleep. */
void pager_add(struct area *area);
void pager_remove(struct area *area);

/* The file will have other pages, or none, in place of [index, end): let no
   address space show those that it has.  Locks: what `unlock` releases. */
void pager_unmap(struct pager *pager, uint64_t index, uint64_t end);

/* Put a complete space on the list of all spaces; take it off. */
void pager_add_space(struct space *space);
void pager_remove_space(struct space *space);

/* Take clean pages of files out of page tables, some tens at once, so that the
   cache can free them; false when there are none, or a spinlock is held.
   Locks: the space's of the current thread may be held.  Sleeps: no. */
bool pager_give_back(void);
