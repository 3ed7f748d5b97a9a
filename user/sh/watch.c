/*
 * Detects whether ^C was pressed.
 *
 * ^C ends the processes of the foreground group.  The shell is not in that
 * group, and a process ended by ^C looks like one that has faulted.  So if ^C
 * must also stop the shell's own work (the rest of a list, or `wait`), the
 * shell puts one more process into the foreground: the watch.  It only waits
 * until the shell closes a pipe, and then exits with status 0.  Any other
 * status means ^C.  The kernel marks all processes of a group as killed in one
 * step.  So when the shell has reaped a process that ^C ended, the watch can no
 * longer exit with 0.
 */
#include "sh.h"
#include "user/user.h"

static struct {
    int pid;   // 0: none, or reaped
    int tell;  // write end of its pipe, or -1
    bool died; // ended before it was told to
} watch = {.tell = -1};

/* Close the pipe, which tells the watch to end. */
static void tell_watch(void)
{
    if (watch.tell >= 0) {
        close(watch.tell);
    }
    watch.tell = -1;
}

/* Put a watch into the foreground.  Returns its group, or 0 if there is none:
   the shell is not interactive, or the watch cannot be started. */
int watch_start(void)
{
    int ends[2];
    char c;

    watch.died = false;
    if (!shell.interactive || pipe(ends) < 0) {
        return 0;
    }
    int pid = fork();
    if (pid == 0) {
        close(ends[1]);
        exit(read(ends[0], &c, 1) != 0);
    }
    close(ends[0]);
    watch.tell = fd_hide(ends[1]);
    if (pid < 0) {
        tell_watch();
        return 0;
    }
    setpgid(pid, pid);
    tcsetpgrp(0, pid);
    watch.pid = pid;
    return pid;
}

/* Record that a child was reaped; returns whether it is the watch. */
bool watch_note(int pid, int status)
{
    if (pid != watch.pid) {
        return false;
    }
    watch.pid = 0;
    watch.died = status != 0;
    return true;
}

bool watch_died(void)
{
    return watch.died;
}

/* In a forked child: forget the watch, which only the parent may control. */
void watch_forget(void)
{
    tell_watch();
    watch.pid = 0;
    watch.died = false;
}

/* End the watch; returns whether ^C had ended it before. */
bool watch_stop(void)
{
    tell_watch();
    while (watch.pid != 0 && jobs_reap()) {}
    return watch.died;
}
