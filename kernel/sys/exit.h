#pragma once

#include "lib/types.h"

/* End the current process: give back all it has, leave a zombie with `status`
   for its parent.  Locks: none may be held.  Sleeps: yes. */
_Noreturn void proc_exit(int status);

/* End the machine with exit status `status`, after making changes durable and
   letting output go out.  Sleeps: yes. */
_Noreturn void proc_poweroff(int status);

int64_t sys_exit(const uint64_t args[6]);
int64_t sys_wait(const uint64_t args[6]);
