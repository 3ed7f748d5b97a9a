#pragma once

#include "api/syscall.h"
#include "lib/base.h"
#include "proc/proc.h"

struct file;

/*
 * The handler of a system call, sys_name, gets the arguments a0..a5 and returns
 * the result or a negative errno.  Interrupts are on and no lock is held.  What
 * else it gets depends on the kind that stands in the list (api/syscall.h):
 *
 *   ARGS   nothing
 *   FILE   the open file of descriptor a0; the call fails with -EBADF if there
 *          is none.  The reference is the dispatcher's
 *   PATH   the path at address a0; or else -EFAULT, -ENAMETOOLONG, -ENOMEM
 *   PATHS  likewise the paths at a0 and a1, which are all its arguments
 */
typedef int64_t handler_ARGS(const uint64_t args[6]);
typedef int64_t handler_FILE(const uint64_t args[6], struct file *file);
typedef int64_t handler_PATH(const uint64_t args[6], const char *path);
typedef int64_t handler_PATHS(const char *first, const char *second);

/* In place of `const uint64_t args[6]`: the handler uses none of them. */
#define NO_ARGS const uint64_t args[6] __attribute__((unused))

#define SYSCALL_HANDLER(number, name, kind, arguments)                         \
    handler_##kind sys_##name;
SYSCALL_LIST(SYSCALL_HANDLER)

/* Run the call whose number is in a[7], with a[0] to a[5] as arguments; returns
   what goes to a0. */
int64_t syscall_dispatch(const uint64_t a[8]);
