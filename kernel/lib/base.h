#pragma once

/*
 * What every file of the kernel may use: scalar types with a meaning, error
 * numbers, assertions, and arithmetic that C lacks.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "api/errno.h"
#include "lib/klog.h"

typedef uint64_t paddr_t; // physical address
typedef uint64_t vaddr_t; // user virtual address: never a pointer
typedef uint64_t pte_t;   // page-table entry

/* A stretch of addresses. */
struct region {
    uint64_t start;
    uint64_t end; // exclusive
};

#ifndef TETHER_HOSTED
typedef int32_t pid_t;
typedef int64_t ssize_t;
#else
#include <sys/types.h>
#endif

#define PAGE_SHIFT 12
#define PAGE_SIZE  4096UL
#define PAGE_MASK  (PAGE_SIZE - 1)

#define ARRAY_LENGTH(a) (sizeof(a) / sizeof((a)[0]))

#define static_assert _Static_assert

/* The struct of type `type` whose member `member` is at `ptr`. */
#define container_of(ptr, type, member)                                        \
    ((type *)((char *)(ptr)-offsetof(type, member)))

/* Round `n` down or up to a multiple of `unit`, a power of two. */
static inline uint64_t round_down(uint64_t n, uint64_t unit)
{
    return n & ~(unit - 1);
}

static inline uint64_t round_up(uint64_t n, uint64_t unit)
{
    return (n + unit - 1) & ~(unit - 1);
}

static inline uint64_t min_u64(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static inline uint64_t max_u64(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* Number of the lowest set bit; `set` is not 0.  Written out because the
   compiler's builtin would call its support library on rv64imac. */
static inline uint32_t bit_lowest(uint64_t set)
{
    uint32_t n = 0;
    for (uint32_t width = 32; width != 0; width /= 2) {
        if ((set & ((1UL << width) - 1)) == 0) {
            set >>= width;
            n += width;
        }
    }
    return n;
}

/* Scatter a key over all numbers; the upper bits depend on all of it. */
static inline uint64_t hash_scatter(uint64_t key)
{
    return key * 0x9e3779b97f4a7c15UL;
}

/* For a function that is rarely called: inlined, it would make its caller save
   registers each time. */
#define SLOW_PATH __attribute__((noinline))
