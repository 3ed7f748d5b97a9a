#pragma once

#include "lib/base.h"

/* What concerns many processes: groups and listings. */

/* Kill each process of a group.  0 if there was one, else as proc_kill. */
int proc_kill_group(pid_t pgid);

/* Put a process (0: the caller) into a group (0: its own pid).  The process
   must be the caller or its child, and the group new or one of the session.  0,
   -ESRCH, -EINVAL, -EPERM. */
int proc_set_group(pid_t pid, pid_t pgid);

/* Whether the caller's session has that group. */
bool proc_has_group(pid_t pgid);

struct procinfo;

/* Describe the process with the smallest pid >= `from` in *out; its pid, or
   0 when there is none. */
pid_t proc_describe(pid_t from, struct procinfo *out);

/* Print the processes on the console (^P), line by line.  Interrupts are on, so
   other threads may run meanwhile. */
void proc_dump(void);
