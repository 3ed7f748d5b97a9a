#pragma once

/* End the current process: give back all it has, leave a zombie with `status`
   for its parent.  Locks: none may be held.  Sleeps: yes. */
_Noreturn void proc_exit(int status);

/* End the machine with exit status `status`, after making changes durable and
   letting output go out.  Sleeps: yes. */
_Noreturn void proc_poweroff(int status);
