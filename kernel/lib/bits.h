#pragma once

#include "lib/types.h"

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
