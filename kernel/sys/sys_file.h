#pragma once

#include "lib/types.h"

/* System calls about files (docs in sys_file.c). */
int64_t sys_pipe(const uint64_t args[6]);
int64_t sys_read(const uint64_t args[6]);
int64_t sys_write(const uint64_t args[6]);
int64_t sys_close(const uint64_t args[6]);
int64_t sys_fstat(const uint64_t args[6]);
int64_t sys_dup(const uint64_t args[6]);
int64_t sys_dup2(const uint64_t args[6]);
int64_t sys_open(const uint64_t args[6]);
int64_t sys_chdir(const uint64_t args[6]);
int64_t sys_mkdir(const uint64_t args[6]);
int64_t sys_mknod(const uint64_t args[6]);
int64_t sys_link(const uint64_t args[6]);
int64_t sys_unlink(const uint64_t args[6]);
