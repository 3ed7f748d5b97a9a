#include "vm/uaccess.h"
#include "lib/str.h"
#include "vm/iobuf.h"

/*
 * Memory of the current process, for the kernel.  There is one way to it:
 * space_hold walks the page table, brings the page in and takes a reference;
 * the bytes are moved through the linear map; the reference is dropped.  So a
 * program's address is never dereferenced, sstatus.SUM stays clear, and a page
 * cannot go away or be written past a missing right meanwhile.
 */

/* Hold the page of `va`; returns the bytes from `va` to its end, at most n. */
static ssize_t hold_bytes(struct space *space, vaddr_t va, size_t n,
                          enum access access, struct page **out)
{
    int count = space_hold(space, va, access, out, 1);
    return count < 0 ? count
                     : (ssize_t)min_u64(n, PAGE_SIZE - (va & PAGE_MASK));
}

static char *byte_of(const struct page *page, vaddr_t va)
{
    return (char *)page_address(page) + (va & PAGE_MASK);
}

/* Copy from the program. */
int copy_in(void *dst, vaddr_t src, size_t n)
{
    return space_copy(space_self(), src, dst, n, ACCESS_READ);
}

/* Copy to the program; what is written from is not changed. */
int copy_out(vaddr_t dst, const void *src, size_t n)
{
    return space_copy(space_self(), dst, (void *)src, n, ACCESS_WRITE);
}

/* Copy page by page. */
int space_copy(struct space *space, vaddr_t va, char *kernel, size_t n,
               enum access access)
{
    assert_can_sleep();
    while (n > 0) {
        struct page *page;
        ssize_t part = hold_bytes(space, va, n, access, &page);
        if (part < 0) {
            return (int)part;
        }
        if (access == ACCESS_WRITE) {
            memcpy(byte_of(page, va), kernel, (size_t)part);
        } else {
            memcpy(kernel, byte_of(page, va), (size_t)part);
        }
        page_put(page);
        kernel += part;
        va += (vaddr_t)part;
        n -= (size_t)part;
    }
    return 0;
}

/* Copy a string, page by page.  Others may change it meanwhile (a shared
   mapping), so its end is written besides. */
ssize_t copy_in_string(char *dst, vaddr_t src, size_t size)
{
    assert_can_sleep();
    size_t length = 0;
    while (length < size) {
        struct page *page;
        ssize_t part = hold_bytes(space_self(), src + length, size - length,
                                  ACCESS_READ, &page);
        if (part < 0) {
            return part;
        }
        const char *from = byte_of(page, src + length);
        size_t here = strnlen(from, (size_t)part);
        bool found = here < (size_t)part;
        memcpy(dst + length, from, here + found);
        page_put(page);
        length += here;
        if (found) {
            dst[length] = '\0';
            return (ssize_t)length;
        }
    }
    return -ENAMETOOLONG;
}

/* Memory of the kernel. */
void iobuf_kernel(struct iobuf *buf, void *memory, size_t length)
{
    buf->length = length;
    buf->offset = 0;
    buf->kernel = memory;
    buf->count = 0;
}

/* Hold pages of the program, as many as are accessible. */
int iobuf_hold(struct iobuf *buf, vaddr_t va, size_t length, bool write)
{
    assert_can_sleep();
    buf->kernel = NULL;
    buf->offset = va & PAGE_MASK;
    uint64_t end = length > 0 ? buf->offset + length : 0; // no byte, no page
    uint64_t pages = (end + PAGE_MASK) >> PAGE_SHIFT;
    buf->count =
        space_hold(space_self(), va, write ? ACCESS_WRITE : ACCESS_READ,
                   buf->page, (int)min_u64(pages, IOBUF_PAGES));
    if (buf->count < 0) {
        return buf->count;
    }
    uint64_t held = (uint64_t)buf->count * PAGE_SIZE;
    buf->length = min_u64(length, held - buf->offset);
    return 0;
}

/* Let go. */
void iobuf_release(struct iobuf *buf)
{
    for (int i = 0; i < buf->count; i++) {
        page_put(buf->page[i]);
    }
    buf->count = 0;
}

/* The memory at `at` of the transfer, and in *part how much of n is there. */
static char *iobuf_at(const struct iobuf *buf, size_t at, size_t n,
                      size_t *part)
{
    assert(at + n <= buf->length);
    if (buf->kernel != NULL) {
        *part = n;
        return buf->kernel + at;
    }
    size_t position = buf->offset + at;
    size_t inside = position & PAGE_MASK;
    *part = min_u64(n, PAGE_SIZE - inside);
    return (char *)page_address(buf->page[position >> PAGE_SHIFT]) + inside;
}

/* Into the transfer's memory. */
void iobuf_put(struct iobuf *buf, size_t at, const void *src, size_t n)
{
    size_t part;
    for (const char *from = src; n > 0; from += part, at += part, n -= part) {
        char *to = iobuf_at(buf, at, n, &part);
        memmove(to, from, part); // a program may have mapped what it reads
    }
}

/* Out of the transfer's memory. */
void iobuf_get(const struct iobuf *buf, size_t at, void *dst, size_t n)
{
    size_t part;
    for (char *to = dst; n > 0; to += part, at += part, n -= part) {
        const char *from = iobuf_at(buf, at, n, &part);
        memmove(to, from, part);
    }
}

/* Zeros into the transfer's memory. */
void iobuf_zero(struct iobuf *buf, size_t at, size_t n)
{
    size_t part;
    for (; n > 0; at += part, n -= part) {
        char *to = iobuf_at(buf, at, n, &part);
        memset(to, 0, part);
    }
}
