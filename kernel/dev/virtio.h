#pragma once

#include "lib/base.h"

/*
 * What the Virtual I/O Device specification 1.1 defines of devices behind
 * memory-mapped registers with split queues.  Sections are given by number.
 */
#define VIRTIO_MAGIC     0x74726976  // "virt"
#define VIRTIO_VERSION   2           // 1: an old-style ("legacy") device
#define VIRTIO_BLOCK     2           // device id (5)
#define VIRTIO_VERSION_1 (1UL << 32) // feature: not an old-style device (6)

/* Registers (4.2.2). */
enum virtio_register {
    REG_MAGIC = 0x000,
    REG_VERSION = 0x004,
    REG_DEVICE_ID = 0x008,
    REG_OFFERED = 0x010,
    REG_OFFERED_SELECT = 0x014, // which 32 bits OFFERED shows
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
    REG_DESC = 0x080, // addresses: low word, then high word
    REG_AVAIL = 0x090,
    REG_USED = 0x0a0,
    REG_CONFIG = 0x100,
};

/* Bits of the status register (2.1). */
enum virtio_status {
    VIRTIO_ACKNOWLEDGE = 1,
    VIRTIO_DRIVER = 2,
    VIRTIO_DRIVER_OK = 4,
    VIRTIO_FEATURES_OK = 8,
    VIRTIO_FAILED = 128,
};

#define VIRTQ_SIZE 64 // descriptors of a queue

#define VIRTQ_NEXT  1 // `next` goes on with the chain
#define VIRTQ_WRITE 2 // the device writes it

/* A queue (2.6): tables in memory that driver and device share. */
struct virtq {
    /* Descriptors (2.6.5): each names a stretch of memory. */
    struct virtq_desc {
        paddr_t address;
        uint32_t length;
        uint16_t flags;
        uint16_t next;
    } desc[VIRTQ_SIZE];

    /* Chains of descriptors on offer to the device (2.6.6). */
    struct {
        uint16_t flags;
        uint16_t index; // where the next one is entered, not wrapped
        uint16_t ring[VIRTQ_SIZE];
    } avail;

    /* Chains that the device has done with (2.6.8). */
    struct {
        uint16_t flags;
        uint16_t index;
        struct {
            uint32_t id; // the first descriptor
            uint32_t length;
        } ring[VIRTQ_SIZE];
    } used;
} __attribute__((aligned(16)));
