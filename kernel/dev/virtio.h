#pragma once

#include "lib/types.h"

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
struct virtio_buffer {
    paddr_t address;
    uint32_t length;
    bool device_writes;
};

struct virtio {
    volatile char *base;
    uint64_t features; // negotiated
    struct virtq_desc *desc;
    struct virtq_avail *avail;
    struct virtq_used *used;
    uint16_t free_head; // first free descriptor
    uint16_t free_count;
    uint16_t seen;              // used entries taken so far
    uint8_t length[VIRTQ_SIZE]; // of the chain that begins here; 0: none
};

/* The device id at `base`, 0 when there is none.  An old-style device is
   reported, and counts as none. */
uint32_t virtio_probe(volatile void *base);

/* Start a device with those features of `wanted` that it offers, and queue 0.
   0, -EINVAL when it refuses, -ENOMEM. */
int virtio_open(struct virtio *dev, volatile void *base, uint64_t wanted);

/* A device register of its configuration space. */
uint32_t virtio_config(const struct virtio *dev, uint32_t offset);

/* Queue a chain and tell the device; the id under which it comes back, or
   -EAGAIN when there are too few descriptors. */
int virtio_add(struct virtio *dev, const struct virtio_buffer *chain,
               uint32_t count);

/* The next chain that the device has used, or -EAGAIN.  Ids that the device
   cannot mean are dropped. */
int virtio_take(struct virtio *dev);

/* Silence the device's interrupt. */
void virtio_acknowledge(struct virtio *dev);
