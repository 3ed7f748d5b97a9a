#include "dev/chardev.h"
#include "vm/uaccess.h"

/*
 * The table of character devices, and three of them that have no hardware:
 * null reads as empty, zero and full as endless zeros; null and zero discard
 * what is written, full never has room.
 */
enum { MINOR_NULL, MINOR_ZERO, MINOR_FULL, MINORS };

/* chardev.read */
static ssize_t memory_read(int minor, struct iobuf *buf)
{
    if (minor >= MINORS) {
        return -ENODEV;
    }
    size_t n = minor == MINOR_NULL ? 0 : buf->length;
    iobuf_zero(buf, 0, n);
    return (ssize_t)n;
}

/* chardev.write */
static ssize_t memory_write(int minor, struct iobuf *buf)
{
    if (minor >= MINORS) {
        return -ENODEV;
    }
    return minor == MINOR_FULL ? -ENOSPC : (ssize_t)buf->length;
}

static const struct chardev memory_driver = {memory_read, memory_write};

static const struct chardev *const drivers[DEVICE_MAJORS] = {
    [DEVICE_CONSOLE] = &console_driver,
    [DEVICE_MEMORY] = &memory_driver,
};

const struct chardev *chardev_find(int major)
{
    return major >= 0 && major < DEVICE_MAJORS ? drivers[major] : NULL;
}
