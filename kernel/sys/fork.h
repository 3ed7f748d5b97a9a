#pragma once

#include "lib/types.h"

int64_t sys_fork(const uint64_t args[6]);

/* Start the first process: it calls prepare(), which may sleep, and then runs
   /init.  Called once, at boot. */
void fork_init(void (*prepare)(void));
