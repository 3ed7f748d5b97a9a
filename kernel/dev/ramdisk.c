#include "dev/ramdisk.h"
#include "api/errno.h"
#include "dev/block.h"
#include "lib/klog.h"
#include "lib/str.h"
#include "mm/layout.h"
#include "mm/page.h"

/*
 * The RAM disk.
 *
 * The loader (QEMU's -initrd) puts an image into RAM and the device tree says
 * where.  The pages stay reserved, and the image is used where it is: reading
 * a block copies it.  Transfers need no lock, since the block cache has one
 * transfer per block under way at most.  There is nothing to flush: all is
 * lost when the machine stops.
 */

static char *image; // [i]

/* block_ops.read */
static int ramdisk_read(struct block_device *dev, uint64_t block,
                        struct page *const *pages, size_t count)
{
    (void)dev;
    for (size_t i = 0; i < count; i++) {
        const char *from = image + (block + i) * PAGE_SIZE;
        memcpy(page_address(pages[i]), from, PAGE_SIZE);
    }
    return 0;
}

/* block_ops.write */
static int ramdisk_write(struct block_device *dev, uint64_t block,
                         struct page *const *pages, size_t count)
{
    (void)dev;
    for (size_t i = 0; i < count; i++) {
        char *to = image + (block + i) * PAGE_SIZE;
        memcpy(to, page_address(pages[i]), PAGE_SIZE);
    }
    return 0;
}

/* block_ops.flush */
static int ramdisk_flush(struct block_device *dev)
{
    (void)dev;
    return 0;
}

static const struct block_ops ramdisk_ops = {
    .read = ramdisk_read,
    .write = ramdisk_write,
    .flush = ramdisk_flush,
};

static struct block_device ramdisk = {
    .ops = &ramdisk_ops,
    .name = "ramdisk",
    .number = 1,
};

/* Make a disk of the image at [start, end).  0 or -EINVAL, see ramdisk.h. */
int ramdisk_init(paddr_t start, paddr_t end, struct block_device **out)
{
    if (end <= start || (end - start) % PAGE_SIZE != 0) {
        kprintf("ramdisk: image at 0x%lx-0x%lx is not a whole number of "
                "4096-byte blocks\n",
                start, end);
        return -EINVAL;
    }
    image = phys_to_virt(start);
    ramdisk.blocks = (end - start) / PAGE_SIZE;
    *out = &ramdisk;
    return 0;
}
