#include "dev/virtio_blk.h"
#include "dev/block.h"
#include "dev/virtio.h"
#include "mm/kmap.h"
#include "mm/layout.h"
#include "riscv/csr.h"
#include "riscv/machine.h"
#include "riscv/mmio.h"
#include "riscv/plic.h"
#include "riscv/try.h"
#include "sched/waitq.h"

/*
 * The virtio disk (Virtual I/O Device specification 1.1, sections 2.6, 4.2 and
 * 5.2; the numbers are in dev/virtio.h).
 *
 * A request is a chain of descriptors: a header, the pages, and a status byte.
 * Several are under way at once, as many as the queue has descriptors for.  The
 * thread that makes one sleeps until the interrupt handler, which takes used
 * chains off the queue, marks it done.
 *
 * Driver and device share the tables of struct virtq.  Each side writes entries
 * first and moves its index then, with release; the other reads the index
 * first, with acquire.
 *
 * 1. A descriptor is in the free list or in exactly one chain.  The head of its
 *    chain is a request's id and its place in `requests`.  The chain is freed
 *    by the thread that made it, which has seen that it is done; so no other
 *    request gets the place before.
 * 2. What the device reads and writes is in pages, or static: a kernel stack
 *    is not in the linear map, which alone has physical addresses.
 * 3. What the device writes is not trusted: an id that is no request's is
 *    dropped.  Only the links of descriptors, which it has no right to change,
 *    are followed, and no further than the chain is long.
 * 4. An interrupt can be lost.  A thread that has waited for a second looks at
 *    the queue itself; where the disk cannot interrupt, after a millisecond.
 *
 * Lock: disk.lock, rank DEVICE, over the queue and the requests.
 */
#define SECTORS (PAGE_SIZE / 512) // of a block

#define FEATURE_RO    (1UL << 5) // section 5.2.3
#define FEATURE_FLUSH (1UL << 9)

#define STATUS_OK    0    // section 5.2.6
#define STATUS_UNSET 0xff // until the device has written it

#define EXTRA 2 // descriptors of a chain besides the pages: header and status

static_assert(BLOCK_RUN + EXTRA <= VIRTQ_SIZE / 2, "half of the queue at most");

/* A request: what the device reads and writes besides the pages (5.2.6), and
   the thread that waits. */
struct request {
    uint32_t type;
    uint32_t zero;
    uint64_t sector;
    uint8_t status;
    bool done;
    uint8_t length; // of its chain; 0: no request
    struct waitq finished;
};

static struct {
    struct spinlock lock;
    struct virtq queue;
    volatile char *base; // [i] of the registers
    uint64_t features;   // [i] that both sides have agreed on
    uint16_t free_head;  // first free descriptor
    uint16_t free_count;
    uint16_t seen;                       // used entries taken so far
    struct request requests[VIRTQ_SIZE]; // by id
    uint64_t came;                       // threads that wanted descriptors
    uint64_t served;   // and those that have got them: one after the other, so
                       // that many short requests do not keep a long one out
    struct waitq room; // either of the above, or free descriptors
    uint64_t patience; // [i] ticks after which a thread looks at the queue
} disk = {.lock = SPINLOCK_INIT("virtio disk", RANK_DEVICE)};

static uint32_t disk_read(uint32_t reg)
{
    return mmio_read32(disk.base + reg);
}

static void disk_write(uint32_t reg, uint32_t value)
{
    mmio_write32(disk.base + reg, value);
}

/* ---- requests ----------------------------------------------------------- */

/* Mark requests that the device has done. */
static void disk_collect_locked(void)
{
    assert_held(&disk.lock);
    while (disk.seen != atomic_load_acquire(&disk.queue.used.index)) {
        uint32_t id = disk.queue.used.ring[disk.seen++ % VIRTQ_SIZE].id;
        if (id < VIRTQ_SIZE && disk.requests[id].length != 0) {
            disk.requests[id].done = true;
            waitq_wake_all(&disk.requests[id].finished);
        }
    }
}

/* The interrupt is silenced before the queue is looked at, so that what comes
   later interrupts again. */
static void virtio_blk_interrupt(void)
{
    spin_acquire(&disk.lock);
    disk_write(REG_IRQ_ACK, disk_read(REG_IRQ_STATUS));
    if (!check_drop_interrupt()) {
        disk_collect_locked();
    }
    spin_release(&disk.lock);
}

/* Wait for what the interrupt handler does, or do it (invariant 4). */
static void disk_wait_locked(struct waitq *wq)
{
    waitq_wait_timeout(wq, &disk.lock, time_now() + disk.patience);
    disk_collect_locked();
}

/* Fill in the first free descriptor, which then is part of a chain: the free
   list is linked like one. */
static void chain_add_locked(paddr_t address, uint32_t length, uint16_t flags)
{
    struct virtq_desc *desc = &disk.queue.desc[disk.free_head];
    assert(disk.free_count > 0);
    desc->address = address;
    desc->length = length;
    desc->flags = flags;
    disk.free_head = desc->next;
    disk.free_count--;
}

/* Put the chain of a request back on the free list. */
static void chain_free_locked(uint16_t id)
{
    struct request *request = &disk.requests[id];
    uint16_t last = id;
    assert(request->length > 0);
    for (uint8_t i = 1; i < request->length; i++) {
        last = disk.queue.desc[last].next;
    }
    disk.queue.desc[last].next = disk.free_head;
    disk.free_head = id;
    disk.free_count += request->length;
    request->length = 0;
    waitq_wake_all(&disk.room);
}

/* Queue a request (2.6.13) when there are descriptors for it; returns its id.
   Sleeps: yes. */
static uint16_t submit_locked(enum block_request type, uint64_t block,
                              struct page *const *pages, size_t count)
{
    uint64_t turn = disk.came++;
    while (disk.served != turn || disk.free_count < count + EXTRA) {
        disk_wait_locked(&disk.room);
    }
    disk.served++;
    waitq_wake_all(&disk.room);
    uint16_t id = disk.free_head;
    struct request *request = &disk.requests[id];
    *request = (struct request){.type = type,
                                .sector = block * SECTORS,
                                .status = STATUS_UNSET,
                                .length = (uint8_t)(count + EXTRA)};
    waitq_init(&request->finished);
    paddr_t pa = virt_to_phys(request);
    size_t status = offsetof(struct request, status);
    uint16_t flags = type == BLOCK_READ ? VIRTQ_NEXT | VIRTQ_WRITE : VIRTQ_NEXT;
    chain_add_locked(pa, status, VIRTQ_NEXT);
    for (size_t i = 0; i < count; i++) {
        chain_add_locked(page_to_pa(pages[i]), PAGE_SIZE, flags);
    }
    chain_add_locked(pa + status, 1, VIRTQ_WRITE);
    disk.queue.avail.ring[disk.queue.avail.index % VIRTQ_SIZE] = id;
    atomic_store_release(&disk.queue.avail.index, disk.queue.avail.index + 1);
    disk_write(REG_NOTIFY, 0);
    return id;
}

/* block_device.request */
static int virtio_blk_request(enum block_request type, uint64_t block,
                              struct page *const *pages, size_t count)
{
    if (type == BLOCK_FLUSH && (disk.features & FEATURE_FLUSH) == 0) {
        return 0; // a device without the feature writes through
    }
    assert_can_sleep();
    spin_acquire(&disk.lock);
    uint16_t id = submit_locked(type, block, pages, count);
    while (!disk.requests[id].done) {
        disk_wait_locked(&disk.requests[id].finished);
    }
    int error = disk.requests[id].status == STATUS_OK ? 0 : -EIO;
    chain_free_locked(id);
    spin_release(&disk.lock);
    return error;
}

/* ---- the start ---------------------------------------------------------- */

/* Agree on features (2.2); false when the device refuses. */
static bool negotiate(void)
{
    uint64_t wanted = FEATURE_RO | FEATURE_FLUSH | VIRTIO_VERSION_1;
    for (uint32_t word = 0; word < 2; word++) {
        disk_write(REG_OFFERED_SELECT, word);
        uint64_t offered = disk_read(REG_OFFERED);
        disk.features |= (offered << 32 * word) & wanted;
        disk_write(REG_ACCEPTED_SELECT, word);
        disk_write(REG_ACCEPTED, (uint32_t)(disk.features >> 32 * word));
    }
    disk_write(REG_STATUS, disk_read(REG_STATUS) | VIRTIO_FEATURES_OK);
    return (disk.features & VIRTIO_VERSION_1) != 0 &&
           (disk_read(REG_STATUS) & VIRTIO_FEATURES_OK) != 0;
}

/* Tell the device where a table is. */
static void write_address(uint32_t reg, const void *table)
{
    paddr_t pa = virt_to_phys(table);
    disk_write(reg, (uint32_t)pa);
    disk_write(reg + 4, (uint32_t)(pa >> 32));
}

/* Put all descriptors of queue 0 on the free list and show the device its
   tables (4.2.3.2); false when it has no such queue. */
static bool open_queue(void)
{
    disk_write(REG_QUEUE_SELECT, 0);
    if (disk_read(REG_QUEUE_READY) != 0 ||
        disk_read(REG_QUEUE_MAX) < VIRTQ_SIZE) {
        return false;
    }
    for (uint16_t i = 0; i < VIRTQ_SIZE; i++) {
        disk.queue.desc[i].next = i + 1;
    }
    disk.free_count = VIRTQ_SIZE;
    disk_write(REG_QUEUE_SIZE, VIRTQ_SIZE);
    write_address(REG_DESC, disk.queue.desc);
    write_address(REG_AVAIL, &disk.queue.avail);
    write_address(REG_USED, &disk.queue.used);
    disk_write(REG_QUEUE_READY, 1);
    return true;
}

/* Whether there is a disk behind disk.base.  An old-style device is reported,
   and counts as none. */
static bool is_disk(void)
{
    if (disk.base == NULL || !try_load32(disk.base) ||
        disk_read(REG_MAGIC) != VIRTIO_MAGIC) {
        return false;
    }
    uint32_t id = disk_read(REG_DEVICE_ID);
    bool is_modern = disk_read(REG_VERSION) == VIRTIO_VERSION;
    if (id != 0 && !is_modern) {
        kprintf("virtio: an old-style device is ignored: start QEMU with "
                "-global virtio-mmio.force-legacy=false\n");
    }
    return id == VIRTIO_BLOCK && is_modern;
}

/* Start the device (3.1.1): reset, acknowledge, features, queue, go; false when
   it refuses. */
static bool disk_start(void)
{
    disk.features = 0;
    disk_write(REG_STATUS, 0);
    disk_write(REG_STATUS, VIRTIO_ACKNOWLEDGE | VIRTIO_DRIVER);
    bool works = negotiate() && open_queue();
    uint32_t end = works ? VIRTIO_DRIVER_OK : VIRTIO_FAILED;
    disk_write(REG_STATUS, disk_read(REG_STATUS) | end);
    return works;
}

/* What the block layer sees of a started disk, whose capacity is the first
   field of its configuration (5.2.4). */
static struct block_device *disk_describe(uint32_t irq)
{
    static struct block_device device = {.request = virtio_blk_request,
                                         .name = "virtio disk"};
    uint64_t sectors = disk_read(REG_CONFIG + 4);
    sectors = sectors << 32 | disk_read(REG_CONFIG);
    device.blocks = sectors / SECTORS;
    device.read_only = (disk.features & FEATURE_RO) != 0;
    waitq_init(&disk.room);
    disk.patience = machine.timebase;
    if (!plic_enable(irq, virtio_blk_interrupt)) {
        disk.patience /= 1000;
        kprintf("tether: virtio disk: no interrupt that the kernel gets: it is "
                "polled\n");
    }
    return &device;
}

struct block_device *virtio_blk_init(void)
{
    for (int i = 0; i < machine.virtio_count; i++) {
        const struct slot *slot = &machine.virtio[i];
        disk.base = kmap_device(slot->base, PAGE_SIZE);
        if (!is_disk()) {
            continue;
        }
        if (disk_start()) {
            return disk_describe(slot->irq);
        }
        kprintf("virtio disk at 0x%lx cannot be started\n", slot->base);
    }
    return NULL;
}
