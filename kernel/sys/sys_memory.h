#pragma once

#include "lib/types.h"

/* System calls about memory (docs in sys_memory.c). */
int64_t sys_sbrk(const uint64_t args[6]);
int64_t sys_mmap(const uint64_t args[6]);
int64_t sys_munmap(const uint64_t args[6]);
int64_t sys_msync(const uint64_t args[6]);
