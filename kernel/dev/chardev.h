#pragma once

#include "lib/base.h"

/*
 * Character devices: what a device node of major number M stands for.  Major
 * numbers and minor meanings are part of the disk image (DEVICE_*).
 */
struct iobuf;

#define DEVICE_CONSOLE 1 // minor 0
#define DEVICE_MEMORY  2 // minor 0: null, 1: zero, 2: full
#define DEVICE_MAJORS  8

struct chardev {
    /* Move up to buf->length bytes; the count moved, or a negative errno.
       Sleeps: yes.  Locks: none held by the caller. */
    ssize_t (*read)(int minor, struct iobuf *buf);
    ssize_t (*write)(int minor, struct iobuf *buf);
};

extern const struct chardev console_driver; // dev/console.c

/* The driver of a major number, which may be any number, or NULL. */
const struct chardev *chardev_find(int major);
