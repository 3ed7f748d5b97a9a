#pragma once

#include "lib/base.h"

struct page;

#define IOBUF_PAGES 65 // 64, wherever they begin: a write of so many is whole

/*
 * The memory end of a transfer: a stretch of kernel memory, or up to 65 pages
 * of user memory that are held while the transfer runs.  Holding comes first,
 * because bringing in a user page may sleep and take locks; then the file or
 * pipe is locked and bytes are moved with iobuf_put and iobuf_get, which
 * neither sleep nor fail.
 */
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
 * Hold the user pages at [va, va + length) of the current process, at most 65
 * of them, for writing into user memory when `write`; buf->length says how
 * many bytes are covered.  0, -EFAULT when not even the first byte is
 * accessible, or -ENOMEM.  Locks: none may be held.  Sleeps: yes.
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
