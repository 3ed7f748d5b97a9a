#pragma once

#include "lib/types.h"

/* Scatter a key over all numbers; the upper bits depend on all of it. */
static inline uint64_t hash_scatter(uint64_t key)
{
    return key * 0x9e3779b97f4a7c15UL;
}
