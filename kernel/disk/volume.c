#include "disk/volume.h"
#include "dev/block.h"
#include "disk/alloc.h"
#include "disk/bcache.h"
#include "disk/format.h"
#include "disk/log.h"
#include "lib/klog.h"
#include "mm/page.h"

/*
 * Opening a volume checks the superblock against the device and the rules of
 * the format, and names the defect it finds; then it brings what the log holds
 * to its place.  Later damage is found where a bad value is used: that call
 * fails with -EUCLEAN, the rest goes on.
 */

#define COMPLAINTS_MAX 16 // a program that looks again must not fill the screen

struct volume volume;

/*
 * Say what is wrong with an inode, unless much has been said already, and
 * return -EUCLEAN for the caller to pass on.
 */
int volume_damaged(uint32_t number, const char *fault)
{
    static uint32_t complaints;
    uint32_t before = atomic_add_relaxed(&complaints, 1);
    if (before < COMPLAINTS_MAX) {
        kprintf("fs: inode %u: %s\n", number, fault);
    }
    return -EUCLEAN;
}

/* Say why there is no mounting and return -EUCLEAN. */
int volume_refuse(const char *fault)
{
    kprintf("fs: cannot mount %s: %s\n", volume.dev->name, fault);
    return -EUCLEAN;
}

/* Read and check the superblock.  0, -EIO, -ENOMEM or -EUCLEAN. */
static int read_super(void)
{
    int error = bcache_get(0, &volume.super_page);
    if (error != 0) {
        return error;
    }
    volume.super = *(const struct fs_super *)page_address(volume.super_page);
    const char *fault = format_check_super(&volume.super, volume.dev->blocks);
    return fault != NULL ? volume_refuse(fault) : 0;
}

/* Seal the page, which the log then copies. */
void volume_seal(void)
{
    struct fs_super *super = page_address(volume.super_page);
    super->checksum =
        fs_checksum(0, super, offsetof(struct fs_super, checksum));
}

/* Make the disk one whose log is empty, and get ready for changes. */
int volume_open(struct block_device *dev)
{
    volume = (struct volume){.dev = dev, .read_only = dev->read_only};
    bcache_init(dev);
    int error = read_super();
    if (error == 0) {
        bcache_forget(0); // the log may have another one
        page_put(volume.super_page);
        error = log_replay();
    }
    if (error == 0) {
        error = read_super();
    }
    if (error == 0 && volume.super.state != FS_CLEAN) {
        kprintf("fs: %s has known errors: run fsck\n", volume.dev->name);
    }
    alloc_init();
    return error == 0 ? log_init() : error;
}
