#pragma once

#include "lib/types.h"

/* System calls about open files (docs in sys_file.c). */
int64_t sys_pipe(const uint64_t args[6]);
int64_t sys_read(const uint64_t args[6]);
int64_t sys_write(const uint64_t args[6]);
int64_t sys_lseek(const uint64_t args[6]);
int64_t sys_close(const uint64_t args[6]);
int64_t sys_fstat(const uint64_t args[6]);
int64_t sys_ftruncate(const uint64_t args[6]);
int64_t sys_fsync(const uint64_t args[6]);
int64_t sys_sync(const uint64_t args[6]);
int64_t sys_statfs(const uint64_t args[6]);
int64_t sys_dup(const uint64_t args[6]);
int64_t sys_dup2(const uint64_t args[6]);
