#include "dev/virtio.h"
#include "lib/klog.h"
#include "mm/layout.h"
#include "riscv/mmio.h"
#include "riscv/try.h"

/*
 * The virtio transport.
 *
 * Driver and device share the tables of struct virtq: descriptors, each of
 * which names a buffer and the next one of its chain; the ring of chains on
 * offer (`avail`); and the ring of chains done with (`used`).  Each side writes
 * entries first and moves its index then, with release; the other reads the
 * index first, with acquire.
 *
 * 1. A descriptor is in the free list or in exactly one chain, until the driver
 *    frees that.
 * 2. What the device writes is never trusted: an id must be the head of a
 *    chain.  The tables themselves are only ever followed by the driver's own
 *    records (`length`), but for the links of descriptors, which the device has
 *    no right to change; they are bounded by the length.
 */
enum virtio_register {
    REG_MAGIC = 0x000,
    REG_VERSION = 0x004,
    REG_DEVICE_ID = 0x008,
    REG_OFFERED = 0x010,
    REG_OFFERED_SELECT = 0x014,
    REG_ACCEPTED = 0x020,
    REG_ACCEPTED_SELECT = 0x024,
    REG_QUEUE_SELECT = 0x030,
    REG_QUEUE_MAX = 0x034,
    REG_QUEUE_SIZE = 0x038,
    REG_QUEUE_READY = 0x044,
    REG_NOTIFY = 0x050,
    REG_IRQ_STATUS = 0x060,
    REG_IRQ_ACK = 0x064,
    REG_STATUS = 0x070,
    REG_DESC = 0x080, // each of these: low word, then high word
    REG_AVAIL = 0x090,
    REG_USED = 0x0a0,
    REG_CONFIG = 0x100,
};

#define MAGIC             0x74726976 // "virt"
#define VERSION_MODERN    2
#define FEATURE_VERSION_1 (1UL << 32)

enum virtio_status {
    STATUS_ACKNOWLEDGE = 1,
    STATUS_DRIVER = 2,
    STATUS_DRIVER_OK = 4,
    STATUS_FEATURES_OK = 8,
    STATUS_FAILED = 128,
};

static uint32_t get(const struct virtio *dev, enum virtio_register reg)
{
    return mmio_read32(dev->base + reg);
}

static void put(struct virtio *dev, enum virtio_register reg, uint32_t value)
{
    mmio_write32(dev->base + reg, value);
}

/* What is there. */
uint32_t virtio_probe(volatile void *base)
{
    volatile char *at = base;
    if (!try_load32(base) || mmio_read32(at + REG_MAGIC) != MAGIC) {
        return 0;
    }
    uint32_t id = mmio_read32(at + REG_DEVICE_ID);
    if (id == 0) {
        return 0;
    }
    if (mmio_read32(at + REG_VERSION) != VERSION_MODERN) {
        kprintf("virtio: an old-style device is ignored: start QEMU with "
                "-global virtio-mmio.force-legacy=false\n");
        return 0;
    }
    return id;
}

/* Agree on features; false when the device refuses or is no modern one. */
static bool negotiate(struct virtio *dev, uint64_t wanted)
{
    put(dev, REG_OFFERED_SELECT, 0);
    uint64_t offered = get(dev, REG_OFFERED);
    put(dev, REG_OFFERED_SELECT, 1);
    offered |= (uint64_t)get(dev, REG_OFFERED) << 32;
    dev->features = offered & (wanted | FEATURE_VERSION_1);
    put(dev, REG_ACCEPTED_SELECT, 0);
    put(dev, REG_ACCEPTED, (uint32_t)dev->features);
    put(dev, REG_ACCEPTED_SELECT, 1);
    put(dev, REG_ACCEPTED, (uint32_t)(dev->features >> 32));
    put(dev, REG_STATUS, get(dev, REG_STATUS) | STATUS_FEATURES_OK);
    return (dev->features & FEATURE_VERSION_1) != 0 &&
           (get(dev, REG_STATUS) & STATUS_FEATURES_OK) != 0;
}

/* Tell the device where a table is. */
static void put_address(struct virtio *dev, enum virtio_register reg,
                        const void *table)
{
    paddr_t pa = virt_to_phys(table);
    put(dev, reg, (uint32_t)pa);
    mmio_write32(dev->base + reg + 4, (uint32_t)(pa >> 32));
}

/* Chain all descriptors of queue 0 into the free list and show the device its
   tables; false when it has no such queue. */
static bool open_queue(struct virtio *dev)
{
    put(dev, REG_QUEUE_SELECT, 0);
    if (get(dev, REG_QUEUE_READY) != 0 ||
        get(dev, REG_QUEUE_MAX) < VIRTQ_SIZE) {
        return false;
    }
    for (uint16_t i = 0; i < VIRTQ_SIZE; i++) {
        dev->queue.desc[i].next = i + 1;
    }
    dev->free_count = VIRTQ_SIZE;
    put(dev, REG_QUEUE_SIZE, VIRTQ_SIZE);
    put_address(dev, REG_DESC, dev->queue.desc);
    put_address(dev, REG_AVAIL, &dev->queue.avail);
    put_address(dev, REG_USED, &dev->queue.used);
    put(dev, REG_QUEUE_READY, 1);
    return true;
}

/* Section 3.1.1: reset, acknowledge, features, queues, go. */
bool virtio_open(struct virtio *dev, volatile void *base, uint64_t wanted)
{
    dev->base = base;
    put(dev, REG_STATUS, 0);
    put(dev, REG_STATUS, STATUS_ACKNOWLEDGE | STATUS_DRIVER);
    bool works = negotiate(dev, wanted) && open_queue(dev);
    uint32_t end = works ? STATUS_DRIVER_OK : STATUS_FAILED;
    put(dev, REG_STATUS, get(dev, REG_STATUS) | end);
    return works;
}

uint32_t virtio_config(const struct virtio *dev, uint32_t offset)
{
    return mmio_read32(dev->base + REG_CONFIG + offset);
}

/* Take descriptors off the free list, which is linked like a chain already. */
void virtio_add(struct virtio *dev, const struct virtq_desc *chain,
                uint32_t count)
{
    assert(count <= dev->free_count);
    uint16_t head = dev->free_head;
    uint16_t at = head;
    for (uint32_t i = 0; i < count; i++) {
        struct virtq_desc *desc = &dev->queue.desc[at];
        desc->address = chain[i].address;
        desc->length = chain[i].length;
        desc->flags = chain[i].flags | (i + 1 < count ? VIRTQ_NEXT : 0);
        at = desc->next;
    }
    dev->free_head = at;
    dev->free_count = (uint16_t)(dev->free_count - count);
    dev->length[head] = (uint8_t)count;
    dev->queue.avail.ring[dev->queue.avail.index % VIRTQ_SIZE] = head;
    atomic_store_release(&dev->queue.avail.index, dev->queue.avail.index + 1);
    put(dev, REG_NOTIFY, 0);
}

/* Put a chain back on the free list. */
void virtio_free(struct virtio *dev, uint16_t head)
{
    uint16_t last = head;
    for (uint8_t i = 1; i < dev->length[head]; i++) {
        last = dev->queue.desc[last].next;
    }
    dev->queue.desc[last].next = dev->free_head;
    dev->free_head = head;
    dev->free_count = (uint16_t)(dev->free_count + dev->length[head]);
    dev->length[head] = 0;
}

/* Look at the used ring. */
int virtio_take(struct virtio *dev)
{
    for (;;) {
        if (dev->seen == atomic_load_acquire(&dev->queue.used.index)) {
            return -EAGAIN;
        }
        uint32_t id = dev->queue.used.ring[dev->seen++ % VIRTQ_SIZE].id;
        if (id < VIRTQ_SIZE && dev->length[id] != 0) {
            return (int)id;
        }
    }
}

void virtio_acknowledge(struct virtio *dev)
{
    put(dev, REG_IRQ_ACK, get(dev, REG_IRQ_STATUS));
}
