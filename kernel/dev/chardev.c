#include "dev/chardev.h"

/*
 * The table of character device drivers, by major number.
 */
static const struct chardev *const drivers[DEVICE_MAJORS] = {
    [DEVICE_CONSOLE] = &console_driver,
    [DEVICE_MEMORY] = &memory_driver,
};

/* Return the driver of a major number, which may be any, or NULL. */
const struct chardev *chardev_find(int major)
{
    return major >= 0 && major < DEVICE_MAJORS ? drivers[major] : NULL;
}
