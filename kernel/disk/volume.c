#include "disk/volume.h"
#include "disk/bcache.h"
#include "disk/format.h"
#include "mm/page.h"

/*
 * The superblock is checked against the device and the rules of the format when
 * the volume is mounted; the first rule that it breaks is printed.  Later
 * damage is found where a bad value is used: that call fails with -EUCLEAN, and
 * everything else goes on.
 */
#define COMPLAINTS_MAX 16 // lines: a program that retries must not fill the log

struct volume volume;

int volume_damaged(uint32_t number, const char *fault)
{
    static uint32_t complaints; // [a]
    if (atomic_add_relaxed(&complaints, 1) < COMPLAINTS_MAX) {
        kprintf("fs: inode %u: %s\n", number, fault);
    }
    return -EUCLEAN;
}

int volume_refuse(const char *fault)
{
    kprintf("fs: cannot mount %s: %s\n", volume.dev->name, fault);
    return -EUCLEAN;
}

/* The read goes past the cache into the page that it has for block 0. */
int volume_read_super(void)
{
    int error = block_io(volume.dev, BLOCK_READ, 0, &volume.super_page, 1);
    if (error != 0) {
        return error;
    }
    volume.super = *(const struct fs_super *)page_address(volume.super_page);
    const char *fault = format_check_super(&volume.super, volume.dev->blocks);
    return fault != NULL ? volume_refuse(fault) : 0;
}

int volume_open(struct block_device *dev)
{
    volume = (struct volume){.dev = dev, .read_only = dev->read_only};
    bcache_init(dev);
    int error = bcache_get_blank(0, true, &volume.super_page);
    return error == 0 ? volume_read_super() : error;
}
