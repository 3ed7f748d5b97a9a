#include "dev/clock.h"
#include "mm/kmap.h"
#include "riscv/csr.h"
#include "riscv/machine.h"
#include "riscv/mmio.h"
#include "riscv/timer.h"
#include "riscv/try.h"

/*
 * The time of day: read once from the goldfish clock, then counted on with the
 * `time` counter, which costs no access to a device.  The clock's registers are
 * TIME_LOW at 0 and TIME_HIGH at 4, nanoseconds since 1970; reading the first
 * latches the second.
 */
#define NS_PER_SECOND 1000000000UL

static uint64_t wall_at_boot; // [i] ns
static uint64_t time_at_boot; // [i] ticks

void clock_init(void)
{
    time_at_boot = time_now();
    paddr_t pa = machine.rtc.start;
    volatile char *base = pa == 0 ? NULL : kmap_device(pa, 8);
    if (base != NULL && try_load32(base) && try_load32(base + 4)) {
        wall_at_boot = mmio_read32(base);
        wall_at_boot |= (uint64_t)mmio_read32(base + 4) << 32;
    }
}

uint64_t clock_wall(void)
{
    uint64_t ticks = time_now() - time_at_boot;
    uint64_t seconds = ticks / machine.timebase;
    uint64_t rest = ticks % machine.timebase;
    return wall_at_boot + seconds * NS_PER_SECOND +
           rest * NS_PER_SECOND / machine.timebase;
}

uint64_t clock_deadline(uint32_t ms)
{
    return time_now() + timer_ticks(ms, 1000);
}

bool clock_has_passed(uint64_t deadline)
{
    return time_now() >= deadline;
}
