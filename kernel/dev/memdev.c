#include "dev/chardev.h"
#include "vm/iobuf.h"

/*
 * Three devices without hardware.  null reads as empty, zero and full as
 * endless zeros; null and zero swallow what is written, full has never room.
 */

enum { MEMDEV_NULL, MEMDEV_ZERO, MEMDEV_FULL, MEMDEV_COUNT };

/* chardev.read */
static ssize_t memdev_read(int minor, struct iobuf *buf)
{
    if (minor >= MEMDEV_COUNT) {
        return -ENODEV;
    }
    size_t n = minor == MEMDEV_NULL ? 0 : buf->length;
    iobuf_zero(buf, 0, n);
    return (ssize_t)n;
}

/* chardev.write */
static ssize_t memdev_write(int minor, struct iobuf *buf)
{
    if (minor >= MEMDEV_COUNT) {
        return -ENODEV;
    }
    return minor == MEMDEV_FULL ? -ENOSPC : (ssize_t)buf->length;
}

const struct chardev memory_driver = {memdev_read, memdev_write};
