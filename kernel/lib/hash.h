#pragma once

#include "lib/types.h"

/*
 * Scatter a key over [0, 2^bits).  The tables of the file system are arrays of
 * chains whose size is fixed: an element costs memory, so memory bounds the
 * chains.
 */
static inline uint64_t hash_bits(uint64_t key, int bits)
{
    return key * 0x9e3779b97f4a7c15UL >> (64 - bits);
}
