#include "vm/uaccess.h"
#include "lib/str.h"
#include "vm/fault.h"
#include "vm/space.h"

/*
 * Memory of a process, for the kernel.  There is one way to it: space_hold
 * walks the page table, brings the page in and takes a reference; the bytes are
 * moved through the linear map; the reference is dropped.  So a user address is
 * never dereferenced, sstatus.SUM stays clear, and a page cannot go away or be
 * written past a missing right meanwhile.
 */

/* Hold the page of `va` in *page; returns the bytes from `va` to its end, at
   most n, or an error. */
static ssize_t hold_part(struct space *space, vaddr_t va, size_t n,
                         enum access access, struct page **page)
{
    int count = space_hold(space, va, access, page, 1);
    return count < 0 ? count
                     : (ssize_t)min_u64(n, PAGE_SIZE - (va & PAGE_MASK));
}

static char *byte_of(const struct page *page, uint64_t at)
{
    return (char *)page_address(page) + (at & PAGE_MASK);
}

int space_copy(struct space *space, vaddr_t va, char *kernel, size_t n,
               bool write)
{
    assert_can_sleep();
    enum access access = write ? ACCESS_WRITE : ACCESS_READ;
    while (n > 0) {
        struct page *page;
        ssize_t part = hold_part(space, va, n, access, &page);
        if (part < 0) {
            return (int)part;
        }
        if (write) {
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

int copy_in(void *dst, vaddr_t src, size_t n)
{
    return space_copy(space_self(), src, dst, n, false);
}

int copy_out(vaddr_t dst, const void *src, size_t n)
{
    return space_copy(space_self(), dst, (void *)src, n, true);
}

/* Others may change the string meanwhile (in a shared mapping), so its NUL is
   not copied but written. */
ssize_t copy_in_string(char *dst, vaddr_t src, size_t size)
{
    assert_can_sleep();
    size_t length = 0;
    while (length < size) {
        struct page *page;
        ssize_t part = hold_part(space_self(), src + length, size - length,
                                 ACCESS_READ, &page);
        if (part < 0) {
            return part;
        }
        const char *from = byte_of(page, src + length);
        size_t here = strnlen(from, (size_t)part);
        memcpy(dst + length, from, here);
        page_put(page);
        length += here;
        if (here < (size_t)part) {
            dst[length] = '\0';
            return (ssize_t)length;
        }
    }
    return -ENAMETOOLONG;
}

/* ---- transfers ---------------------------------------------------------- */

void iobuf_kernel(struct iobuf *buf, void *memory, size_t length)
{
    buf->length = length;
    buf->offset = 0;
    buf->kernel = memory;
    buf->count = 0;
}

int iobuf_hold(struct iobuf *buf, vaddr_t va, size_t length, bool write)
{
    assert_can_sleep();
    buf->kernel = NULL;
    buf->offset = va & PAGE_MASK;
    uint64_t end = length > 0 ? buf->offset + length : 0; // no byte, no page
    int pages = (int)min_u64((end + PAGE_MASK) >> PAGE_SHIFT, IOBUF_PAGES);
    enum access access = write ? ACCESS_WRITE : ACCESS_READ;
    buf->count = space_hold(space_self(), va, access, buf->page, pages);
    if (buf->count < 0) {
        return buf->count;
    }
    buf->length = min_u64(length, (size_t)buf->count * PAGE_SIZE - buf->offset);
    return 0;
}

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
    *part = min_u64(n, PAGE_SIZE - (position & PAGE_MASK));
    return byte_of(buf->page[position >> PAGE_SHIFT], position);
}

void iobuf_put(struct iobuf *buf, size_t at, const void *src, size_t n)
{
    size_t part;
    for (const char *from = src; n > 0; from += part, at += part, n -= part) {
        char *to = iobuf_at(buf, at, n, &part);
        memmove(to, from, part); // a program may have mapped what it reads
    }
}

void iobuf_get(const struct iobuf *buf, size_t at, void *dst, size_t n)
{
    size_t part;
    for (char *to = dst; n > 0; to += part, at += part, n -= part) {
        const char *from = iobuf_at(buf, at, n, &part);
        memmove(to, from, part);
    }
}

void iobuf_zero(struct iobuf *buf, size_t at, size_t n)
{
    size_t part;
    for (; n > 0; at += part, n -= part) {
        char *to = iobuf_at(buf, at, n, &part);
        memset(to, 0, part);
    }
}
