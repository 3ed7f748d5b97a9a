#pragma once

/* exec for init, whose path and arguments are the kernel's own.  Returns argc
   or a negative errno; the frame of the caller is ready for usertrapret. */
int exec_kernel(const char *path, char *const argv[]);
