#pragma once

#include "lib/types.h"

/* System calls about processes, time and the machine (docs in sys_proc.c). */
int64_t sys_getpid(const uint64_t args[6]);
int64_t sys_getppid(const uint64_t args[6]);
int64_t sys_setpgid(const uint64_t args[6]);
int64_t sys_tcsetpgrp(const uint64_t args[6]);
int64_t sys_kill(const uint64_t args[6]);
int64_t sys_sleep(const uint64_t args[6]);
int64_t sys_uptime(const uint64_t args[6]);
int64_t sys_yield(const uint64_t args[6]);
int64_t sys_hartid(const uint64_t args[6]);
int64_t sys_poweroff(const uint64_t args[6]);
int64_t sys_counters(const uint64_t args[6]);
int64_t sys_bootarg(const uint64_t args[6]);
int64_t sys_proclist(const uint64_t args[6]);
