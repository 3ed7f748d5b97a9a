#pragma once

#include "vm/area.h"

/* What an access needs: a bit of the page-table entry, and of the area. */
enum access {
    ACCESS_READ = PTE_R,
    ACCESS_WRITE = PTE_W,
    ACCESS_EXECUTE = PTE_X,
};

/*
 * Make `va` accessible: fill the page or take a private copy of it.  0,
 * -EFAULT (not the program's, or not with these rights), -ENOMEM, -EIO.
 * Locks: takes the space's, as do the next two.  Sleeps: yes.
 */
int space_fault(struct space *space, vaddr_t va, enum access access);

/* Make n pages accessible, from that of `va` on, and return them in page[] with
   a reference.  How many, or an error when not even the first is accessible. */
int space_hold(struct space *space, vaddr_t va, enum access access,
               struct page **page, int n);

/* Why an access to `va` has failed with -EFAULT, in words. */
const char *space_explain(struct space *space, vaddr_t va);
