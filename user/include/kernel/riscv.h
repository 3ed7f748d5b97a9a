#pragma once

#include <stdint.h>

/* Pages as programs see them, and the counters that they may read. */

#define PGSIZE         4096
#define PGSHIFT        12
#define PGROUNDUP(n)   (((n) + PGSIZE - 1) & ~(PGSIZE - 1))
#define PGROUNDDOWN(n) ((n) & ~(PGSIZE - 1))
#define MAXVA          (1L << 38) // first address above a program's space

static inline uint64_t r_sp(void)
{
    uint64_t value;

    asm volatile("mv %0, sp" : "=r"(value));
    return value;
}

/* Clock cycles; under `-icount shift=0`, instructions. */
static inline uint64_t rdcycle(void)
{
    uint64_t value;

    asm volatile("rdcycle %0" : "=r"(value));
    return value;
}

/* Ticks of the time base; user programs may always read them. */
static inline uint64_t rdtime(void)
{
    uint64_t value;

    asm volatile("rdtime %0" : "=r"(value));
    return value;
}

static inline uint64_t rdinstret(void)
{
    uint64_t value;

    asm volatile("rdinstret %0" : "=r"(value));
    return value;
}
