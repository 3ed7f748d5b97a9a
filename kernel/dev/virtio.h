#pragma once

#include "lib/base.h"

/*
 * Virtio devices behind memory-mapped registers, with split queues (Virtual
 * I/O Device specification 1.1, sections 2.6 and 4.2).  A driver opens a
 * device, sets up its queue, adds chains of buffers and takes back those that
 * the device has used.
 *
 * No locks: a driver guards its device and its queue with one of its own.
 */
#define VIRTQ_SIZE 64

#define VIRTIO_BLOCK 2 // device id

/* A stretch of memory for the device to read, or to write. */
struct virtq_desc {
    paddr_t address;
    uint32_t length;
    uint16_t flags; // of these, a driver sets VIRTQ_WRITE
    uint16_t next;
};

#define VIRTQ_NEXT  1 // `next` goes on with the chain
#define VIRTQ_WRITE 2 // the device writes it

/* A queue; the device has its physical address. */
struct virtq {
    struct virtq_desc desc[VIRTQ_SIZE];
    struct {
        uint16_t flags;
        uint16_t index;
        uint16_t ring[VIRTQ_SIZE];
    } avail;
    struct {
        uint16_t flags;
        uint16_t index;
        struct {
            uint32_t id;
            uint32_t length;
        } ring[VIRTQ_SIZE];
    } used;
} __attribute__((aligned(16)));

struct virtio {
    struct virtq queue;
    volatile char *base;
    uint64_t features;  // negotiated
    uint16_t free_head; // first free descriptor
    uint16_t free_count;
    uint16_t seen;              // used entries taken so far
    uint8_t length[VIRTQ_SIZE]; // of the chain that begins here; 0: none
};

/* The device id at `base`, 0 when there is none.  An old-style device is
   reported, and counts as none. */
uint32_t virtio_probe(volatile void *base);

/* Start a device with those features of `wanted` that it offers, and queue 0;
   false when it refuses.  `dev` is static, since only the linear map has
   physical addresses, and zero. */
bool virtio_open(struct virtio *dev, volatile void *base, uint64_t wanted);

/* A device register of its configuration space. */
uint32_t virtio_config(const struct virtio *dev, uint32_t offset);

/* Queue a chain and tell the device.  There are `count` free descriptors; the
   chain comes back under the id that is free_head now. */
void virtio_add(struct virtio *dev, const struct virtq_desc *chain,
                uint32_t count);

/* The next chain that the device has used, or -EAGAIN.  Ids that the device
   cannot mean are dropped. */
int virtio_take(struct virtio *dev);

/* Free the descriptors of a chain that was taken. */
void virtio_free(struct virtio *dev, uint16_t head);

/* Silence the device's interrupt. */
void virtio_acknowledge(struct virtio *dev);
