#pragma once

#include "lib/base.h"

struct page;
struct space;

/*
 * The memory of a process, for the kernel.  Pages that are not there yet are
 * brought in, so all that takes a user address sleeps, and no locks may be held
 * then.
 */

/* Small copies.  0, -EFAULT, or -ENOMEM / -EIO when a page could not be brought
   in. */
int copy_in(void *dst, vaddr_t src, size_t n);
int copy_out(vaddr_t dst, const void *src, size_t n);

/* A small copy to any space, or from it. */
int space_copy(struct space *space, vaddr_t va, char *kernel, size_t n,
               bool write);

/* Copy a NUL-terminated string of at most size-1 bytes; returns its length,
   or -ENAMETOOLONG, -EFAULT, -ENOMEM, -EIO. */
ssize_t copy_in_string(char *dst, vaddr_t src, size_t size);

/*
 * The memory end of a transfer: a stretch of kernel memory, or user pages that
 * are held while the transfer runs.  Holding comes first, because bringing in a
 * user page may sleep and take locks.  Then the file or pipe is locked and
 * bytes are moved with iobuf_put and iobuf_get, which neither sleep nor fail.
 */
#define IOBUF_PAGES 65 // 64 pages of bytes, wherever in a page they begin

struct iobuf {
    size_t length; // bytes that may be moved
    size_t offset; // of the first byte in page[0]
    char *kernel;  // kernel memory, or NULL when pages are held
    int count;     // pages held
    struct page *page[IOBUF_PAGES];
};

/* A transfer to or from kernel memory. */
void iobuf_kernel(struct iobuf *buf, void *memory, size_t length);

/*
 * Hold the user pages at [va, va + length) of the current process, at most
 * IOBUF_PAGES of them, for writing into user memory when `write`; buf->length
 * says how many bytes are covered.  0, or -EFAULT, -ENOMEM, -EIO when not even
 * the first byte is accessible.
 */
int iobuf_hold(struct iobuf *buf, vaddr_t va, size_t length, bool write);

/* Let go of what iobuf_hold took; nothing to do for kernel memory. */
void iobuf_release(struct iobuf *buf);

/* Copy n bytes into the transfer's memory at `at`; at + n <= length. */
void iobuf_put(struct iobuf *buf, size_t at, const void *src, size_t n);

/* Copy n bytes out of the transfer's memory at `at`. */
void iobuf_get(const struct iobuf *buf, size_t at, void *dst, size_t n);

/* Zero n bytes of the transfer's memory at `at`. */
void iobuf_zero(struct iobuf *buf, size_t at, size_t n);
