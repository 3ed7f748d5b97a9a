#pragma once

#include "vm/fault.h"
#include "vm/space.h"

/*
 * Small copies between the kernel and a process, mostly the current one.  The
 * page table is walked in software and bytes move through the linear map, so
 * sstatus.SUM is never set and a fault in kernel code is always a bug.  Pages
 * that are not yet there are brought in.
 * All: Locks: none may be held.  Sleeps: yes.
 */

/* 0, -EFAULT, or -ENOMEM / -EIO when a page could not be brought in. */
int copy_in(void *dst, vaddr_t src, size_t n);
int copy_out(vaddr_t dst, const void *src, size_t n);

/* The same for any space: ACCESS_WRITE copies to it, ACCESS_READ from it. */
int space_copy(struct space *space, vaddr_t va, char *kernel, size_t n,
               enum access access);

/* Copy a NUL-terminated string of at most size-1 bytes; returns its length,
   or -ENAMETOOLONG, -EFAULT, -ENOMEM. */
ssize_t copy_in_string(char *dst, vaddr_t src, size_t size);
