#include "api/errno.h"
#include "dev/chardev.h"
#include "mm/iobuf.h"

/*
 * Three devices without hardware.  null reads as empty, zero and full as
 * endless zeros; null and zero swallow what is written, full has never room.
 */

enum { MEMDEV_NULL, MEMDEV_ZERO, MEMDEV_FULL };

/* chardev.read */
static ssize_t memdev_read(int minor, struct iobuf *buf)
{
    switch (minor) {
    case MEMDEV_NULL:
        return 0;
    case MEMDEV_ZERO:
    case MEMDEV_FULL:
        iobuf_zero(buf, 0, buf->length);
        return (ssize_t)buf->length;
    default:
        return -ENODEV;
    }
}

/* chardev.write */
static ssize_t memdev_write(int minor, struct iobuf *buf)
{
    switch (minor) {
    case MEMDEV_NULL:
    case MEMDEV_ZERO:
        return (ssize_t)buf->length;
    case MEMDEV_FULL:
        return -ENOSPC;
    default:
        return -ENODEV;
    }
}

const struct chardev memory_driver = {memdev_read, memdev_write};
