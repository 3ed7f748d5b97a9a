#pragma once

/* exec for init, whose path is the kernel's own and its only argument.  Returns
   argc or a negative errno; the caller's frame is ready for usertrapret. */
int exec_init(const char *path);
