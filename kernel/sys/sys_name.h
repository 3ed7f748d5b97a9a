#pragma once

#include "lib/types.h"

/* System calls that take paths (docs in sys_name.c). */
int64_t sys_open(const uint64_t args[6]);
int64_t sys_chdir(const uint64_t args[6]);
int64_t sys_mkdir(const uint64_t args[6]);
int64_t sys_mknod(const uint64_t args[6]);
int64_t sys_link(const uint64_t args[6]);
int64_t sys_symlink(const uint64_t args[6]);
int64_t sys_readlink(const uint64_t args[6]);
int64_t sys_unlink(const uint64_t args[6]);
int64_t sys_rmdir(const uint64_t args[6]);
int64_t sys_rename(const uint64_t args[6]);
int64_t sys_truncate(const uint64_t args[6]);
