#pragma once

#include <stdint.h>

/*
 * Access to device registers through the linear map.  An access is in program
 * order with all that comes before and after it, memory and registers of any
 * device.  So a register that a lock guards is reached while the lock is held,
 * which the order of memory alone (lib/atomic.h) does not give; a device finds
 * in memory what was stored before it was notified, and the hart finds there
 * what the device has stored once a register says so.
 */

/* Order memory and registers; the hart's own (CSRs) count as a device's. */
static inline void io_fence(void)
{
    asm volatile("fence iorw, iorw" ::: "memory");
}

static inline uint8_t mmio_read8(const volatile void *at)
{
    io_fence();
    uint8_t value = *(const volatile uint8_t *)at;
    io_fence();
    return value;
}

static inline uint32_t mmio_read32(const volatile void *at)
{
    io_fence();
    uint32_t value = *(const volatile uint32_t *)at;
    io_fence();
    return value;
}

static inline void mmio_write8(volatile void *at, uint8_t value)
{
    io_fence();
    *(volatile uint8_t *)at = value;
    io_fence();
}

static inline void mmio_write32(volatile void *at, uint32_t value)
{
    io_fence();
    *(volatile uint32_t *)at = value;
    io_fence();
}
