#include "dev/chardev.h"
#include "lib/panic.h"

/*
 * The table of character device drivers, by major number.  Drivers enter
 * themselves at boot; after that it is only read, so it has no lock.
 */

static const struct chardev *drivers[DEVICE_MAJORS];

/* Install the driver of a major number; called at boot, once for each. */
void chardev_register(int major, const struct chardev *driver)
{
    assert(major >= 0 && major < DEVICE_MAJORS && drivers[major] == NULL);
    drivers[major] = driver;
}

/* Return the driver of a major number, which may be any, or NULL. */
const struct chardev *chardev_find(int major)
{
    return major >= 0 && major < DEVICE_MAJORS ? drivers[major] : NULL;
}
