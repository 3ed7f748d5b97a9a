#include "dev/ramdisk.h"
#include "dev/block.h"
#include "lib/str.h"
#include "mm/layout.h"

/*
 * The RAM disk.
 *
 * The loader (QEMU's -initrd) puts an image into RAM, and the device tree says
 * where.  The pages stay reserved, and the image is used in place: reading a
 * block copies it.  Transfers need no lock, since the block cache has at most
 * one transfer per block under way.  When the machine stops, changes are lost.
 */
static char *image; // [i]

/* block_device.request; a flush has nothing to do. */
static int ramdisk_request(enum block_request type, uint64_t block,
                           struct page *const *pages, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char *at = image + (block + i) * PAGE_SIZE;
        if (type == BLOCK_WRITE) {
            memcpy(at, page_address(pages[i]), PAGE_SIZE);
        } else {
            memcpy(page_address(pages[i]), at, PAGE_SIZE);
        }
    }
    return 0;
}

static struct block_device ramdisk = {
    .request = ramdisk_request,
    .name = "ramdisk",
};

struct block_device *ramdisk_init(paddr_t start, paddr_t end)
{
    if ((end - start) % PAGE_SIZE != 0) {
        kprintf("ramdisk: image at 0x%lx-0x%lx is not a whole number of "
                "4096-byte blocks\n",
                start, end);
        return NULL;
    }
    assert(start < end);
    image = phys_to_virt(start);
    ramdisk.blocks = (end - start) / PAGE_SIZE;
    return &ramdisk;
}
