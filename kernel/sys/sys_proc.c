#include "api/counters.h"
#include "dev/clock.h"
#include "dev/console.h"
#include "disk/bcache.h"
#include "fs/file.h"
#include "fs/fs.h"
#include "lib/str.h"
#include "mm/kstack.h"
#include "mm/page.h"
#include "mm/pool.h"
#include "proc/proclist.h"
#include "vm/uaccess.h"
#include "sched/sched.h"
#include "sched/thread.h"
#include "riscv/machine.h"
#include "riscv/timer.h"
#include "sys/exit.h"
#include "sys/syscall.h"

/*
 * System calls about processes, time and the machine.
 */

/* getpid() */
int64_t sys_getpid(NO_ARGS)
{
    return proc_current()->pid;
}

/* getppid(): 0 for init */
int64_t sys_getppid(NO_ARGS)
{
    return proc_parent_pid();
}

/* setpgid(pid, pgid) */
int64_t sys_setpgid(const uint64_t args[6])
{
    return proc_set_group((pid_t)args[0], (pid_t)args[1]);
}

/* tcsetpgrp(fd, pgid): the descriptor must be a console.  -ENOTTY, -EINVAL,
   -EPERM */
int64_t sys_tcsetpgrp(const uint64_t args[6], struct file *file)
{
    pid_t pgid = (pid_t)args[1];
    if (!file_is_console(file)) {
        return -ENOTTY;
    }
    if (pgid < 0) {
        return -EINVAL;
    }
    if (pgid != 0 && !proc_has_group(pgid)) {
        return -EPERM;
    }
    console_set_foreground(pgid);
    return 0;
}

/* kill(pid): a group when pid is below -1.  -ESRCH, -EPERM */
int64_t sys_kill(const uint64_t args[6])
{
    pid_t pid = (pid_t)args[0];
    return pid < -1 ? proc_kill_group((pid_t)-args[0]) : proc_kill(pid);
}

/* sleep(ticks): -EINTR when killed; a count below 1 returns at once */
int64_t sys_sleep(const uint64_t args[6])
{
    int ticks = (int)args[0];
    if (ticks <= 0) {
        return 0;
    }
    // A queue and its lock that nobody else knows: only time and kill wake.
    struct spinlock lock = SPINLOCK_INIT("sleep", RANK_FDTABLE);
    struct waitq nobody;
    waitq_init(&nobody);
    uint64_t deadline = time_now() + timer_ticks((uint32_t)ticks, TICKHZ);
    spin_acquire(&lock);
    int error = waitq_sleep(&nobody, &lock, true, deadline);
    spin_release(&lock);
    return error;
}

/* uptime(): ticks since the machine started */
int64_t sys_uptime(NO_ARGS)
{
    return (int64_t)(time_now() / (machine.timebase / TICKHZ));
}

/* time(&seconds): seconds since 1970; NULL takes none */
int64_t sys_time(const uint64_t args[6])
{
    int64_t now = (int64_t)(clock_wall() / 1000000000);
    int error = args[0] != 0 ? copy_out(args[0], &now, sizeof(now)) : 0;
    return error != 0 ? error : now;
}

/* yield() */
int64_t sys_yield(NO_ARGS)
{
    sched_yield();
    return 0;
}

/* hartid(): the thread may have moved on by the time it is used */
int64_t sys_hartid(NO_ARGS)
{
    bool was_on = irq_off();
    int64_t index = hart_index();
    irq_restore(was_on);
    return index;
}

/* poweroff(status): changes are made durable first */
int64_t sys_poweroff(const uint64_t args[6])
{
    proc_poweroff((int)args[0]);
}

/* counters(list, count): up to `count` entries; how many were filled in.
   Caches do not count: unused names and inodes are freed first; clean cached
   pages and idle stacks count as free. */
int64_t sys_counters(const uint64_t args[6])
{
    fs_sync();
    fs_trim();
    size_t free = page_counts.free + bcache_count_clean() + kstack_idle_pages();
    free = min_u64(free, page_counts.total); // a page may have moved meanwhile
    struct counter list[COUNTERS_MAX] = {
        {"pages total", (int64_t)page_counts.total},
        {"pages free", (int64_t)free},
    };
    uint64_t count = 2;
    for (struct pool *pool = pool_next(NULL);
         pool != NULL && count < COUNTERS_MAX; pool = pool_next(pool)) {
        list[count].value = pool->live;
        str_copy(list[count++].name, pool->name, sizeof(list[0].name));
    }
    check_that(count <= COUNTERS_MAX);
    count = min_u64(count, args[1]);
    int error = args[1] > IOMAX
                    ? -EINVAL
                    : copy_out(args[0], list, count * sizeof(*list));
    return error != 0 ? error : (int64_t)count;
}

/* bootarg(name, buffer, size): the value's length; -ENOENT when absent */
int64_t sys_bootarg(const uint64_t args[6])
{
    char name[32];
    ssize_t length = copy_in_string(name, args[0], sizeof(name));
    if (length < 0) {
        return length;
    }
    const char *value = args_get(&machine.args, name);
    if (value == NULL) {
        return -ENOENT;
    }
    size_t n = strlen(value);
    if (n >= args[2] || args[2] > IOMAX) {
        return -ERANGE;
    }
    int error = copy_out(args[1], value, n + 1);
    return error != 0 ? error : (int64_t)n;
}

/* proclist(list, count): by pid; how many were filled in.  -EINVAL, -EFAULT */
int64_t sys_proclist(const uint64_t args[6])
{
    uint64_t count = 0;
    pid_t pid = 0;
    struct procinfo info;
    if (args[1] > IOMAX) {
        return -EINVAL;
    }
    while (count < args[1] && (pid = proc_describe(pid + 1, &info)) != 0) {
        vaddr_t to = args[0] + count++ * sizeof(info);
        int error = copy_out(to, &info, sizeof(info));
        if (error != 0) {
            return error;
        }
    }
    return (int64_t)count;
}
