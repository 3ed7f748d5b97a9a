#include "dev/virtio_blk.h"
#include "check/check.h"
#include "dev/block.h"
#include "dev/virtio.h"
#include "lib/klog.h"
#include "mm/pagetable.h"
#include "sched/waitq.h"
#include "riscv/csr.h"
#include "riscv/machine.h"
#include "riscv/plic.h"

/*
 * The virtio disk (Virtual I/O Device specification 1.1, section 5.2).
 *
 * A request is a chain of a header, the pages, and a status byte; several are
 * under way at once, as many as the queue has descriptors for.  Whoever makes
 * one sleeps until the interrupt handler, which takes used chains off the
 * queue, marks it done.
 *
 * 1. A request is in the place of its chain's id; the chain is not freed before
 *    the maker has seen that it is done, and so nobody else gets the place.
 * 2. What the device reads and writes is in pages, or static: a kernel stack
 *    is not in the linear map.
 * 3. An interrupt can be lost.  A maker that has waited for a second looks at
 *    the queue itself; where the disk cannot interrupt, after a millisecond.
 *
 * Lock: disk.lock, rank DEVICE, over the queue and the requests.
 */
#define SECTORS (PAGE_SIZE / 512) // to a block

#define FEATURE_RO    (1UL << 5)
#define FEATURE_FLUSH (1UL << 9)

#define STATUS_OK    0
#define STATUS_UNSET 0xff // until the device has written it

/* A request: what the device reads and writes besides the pages, and its maker
   waiting. */
struct request {
    uint32_t type;
    uint32_t zero;
    uint64_t sector;
    uint8_t status;
    bool done;
    struct waitq finished;
};
static_assert(BLOCK_RUN + 2 <= VIRTQ_SIZE / 2, "half of the queue at most");

static struct {
    struct spinlock lock;
    struct virtio virtio;
    struct request requests[VIRTQ_SIZE]; // by id of the chain
    uint64_t came;                       // makers that wanted descriptors
    uint64_t served;   // and those that have got them: one after the other, so
                       // that many short requests do not keep a long one out
    struct waitq room; // either of the above, or free descriptors
    uint64_t patience; // [i] ticks after which a maker looks at the queue
} disk = {.lock = SPINLOCK_INIT("virtio disk", RANK_DEVICE)};

/* Mark finished requests.  Lock: disk.lock. */
static void collect(void)
{
    int id;
    while ((id = virtio_take(&disk.virtio)) >= 0) {
        disk.requests[id].done = true;
        waitq_wake_all(&disk.requests[id].finished);
    }
}

/* The interrupt is silenced before the queue is looked at, so that what comes
   later interrupts again. */
static void virtio_blk_interrupt(void)
{
    spin_acquire(&disk.lock);
    virtio_acknowledge(&disk.virtio);
    if (!check_drop_interrupt()) {
        collect();
    }
    spin_release(&disk.lock);
}

/*
 * Queue a request; waits until there are descriptors.  Returns its id, which is
 * the head of the free list and so known before.
 * Lock: disk.lock.  Sleeps: yes.
 */
static uint16_t submit(enum block_request type, uint64_t block,
                       struct page *const *pages, size_t count)
{
    struct virtq_desc chain[BLOCK_RUN + 2];
    uint32_t length = (uint32_t)count + 2;
    uint64_t turn = disk.came++;
    while (disk.served != turn || disk.virtio.free_count < length) {
        waitq_wait_timeout(&disk.room, &disk.lock, time_now() + disk.patience);
        collect();
    }
    disk.served++;
    waitq_wake_all(&disk.room);
    uint16_t id = disk.virtio.free_head;
    struct request *request = &disk.requests[id];
    *request = (struct request){
        .type = type, .sector = block * SECTORS, .status = STATUS_UNSET};
    waitq_init(&request->finished);
    paddr_t pa = virt_to_phys(request);
    size_t head = offsetof(struct request, status);
    chain[0] = (struct virtq_desc){pa, head, 0, 0};
    for (size_t i = 0; i < count; i++) {
        chain[i + 1] =
            (struct virtq_desc){page_to_pa(pages[i]), PAGE_SIZE,
                                type == BLOCK_READ ? VIRTQ_WRITE : 0, 0};
    }
    chain[count + 1] = (struct virtq_desc){pa + head, 1, VIRTQ_WRITE, 0};
    virtio_add(&disk.virtio, chain, length);
    return id;
}

/* block_device.request: make one and wait for its end. */
static int virtio_blk_request(enum block_request type, uint64_t block,
                              struct page *const *pages, size_t count)
{
    if (type == BLOCK_FLUSH && (disk.virtio.features & FEATURE_FLUSH) == 0) {
        return 0; // a device without the feature writes through
    }
    spin_acquire(&disk.lock);
    uint16_t id = submit(type, block, pages, count);
    struct request *request = &disk.requests[id];
    while (!request->done) {
        waitq_wait_timeout(&request->finished, &disk.lock,
                           time_now() + disk.patience);
        collect();
    }
    int error = request->status == STATUS_OK ? 0 : -EIO;
    virtio_free(&disk.virtio, id);
    waitq_wake_all(&disk.room);
    spin_release(&disk.lock);
    return error;
}

static struct block_device device = {
    .request = virtio_blk_request,
    .name = "virtio disk",
};

/* Start the disk behind a slot; false when it refuses. */
static bool start(const struct slot *slot, volatile void *base)
{
    if (!virtio_open(&disk.virtio, base, FEATURE_RO | FEATURE_FLUSH)) {
        return false;
    }
    waitq_init(&disk.room);
    uint64_t sectors = virtio_config(&disk.virtio, 0) |
                       (uint64_t)virtio_config(&disk.virtio, 4) << 32;
    device.blocks = sectors / SECTORS;
    device.read_only = (disk.virtio.features & FEATURE_RO) != 0;
    bool interrupts = plic_enable(slot->irq, virtio_blk_interrupt);
    if (!interrupts) {
        kprintf("tether: virtio disk: no interrupt that the kernel gets: it is "
                "polled\n");
    }
    disk.patience = interrupts ? machine.timebase : machine.timebase / 1000;
    return true;
}

/* Look at each slot. */
struct block_device *virtio_blk_init(void)
{
    for (int i = 0; i < machine.virtio_count; i++) {
        const struct slot *slot = &machine.virtio[i];
        volatile void *base = pt_map_device(slot->base, PAGE_SIZE);
        if (base == NULL || virtio_probe(base) != VIRTIO_BLOCK) {
            continue;
        }
        if (start(slot, base)) {
            return &device;
        }
        kprintf("virtio disk at 0x%lx cannot be started\n", slot->base);
    }
    return NULL;
}
