/*
 * Whether ^C was pressed.
 *
 * ^C ends the processes of the group in the foreground.  The shell is not in
 * that group, and a process that ^C has ended looks like one that has faulted.
 * So where ^C must also stop what the shell itself does, the rest of a list or
 * `wait`, the shell puts one more process into the foreground: the watch.  All
 * that it does is to wait until the shell closes a pipe, and end with status 0.
 * Another status means ^C.  The kernel marks all processes of a group as killed
 * in one step, so when the shell has reaped one that ^C ended, the watch cannot
 * end well any more.
 */
#include "sh.h"
#include "user/user.h"

static struct {
    int pid;   // 0: none, or reaped
    int tell;  // writing end of its pipe, or -1
    bool died; // before it was told to
} watch = {.tell = -1};

/* Close the pipe, which tells the watch to end. */
static void tell_watch(void)
{
    if (watch.tell >= 0) {
        close(watch.tell);
    }
    watch.tell = -1;
}

/* Put a watch into the foreground; its group, or 0 if there is none: the shell
   is not interactive, or cannot start it and does without. */
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

/* Take note of a child that was reaped; whether it is the watch. */
bool watch_note(int pid, int status)
{
    if (pid != watch.pid) {
        return false;
    }
    watch.pid = 0;
    watch.died = status != 0;
    return true;
}

/* Whether the watch is known to have died. */
bool watch_died(void)
{
    return watch.died;
}

/* In a forked child: the watch is the parent's, which alone may tell it. */
void watch_forget(void)
{
    tell_watch();
    watch.pid = 0;
    watch.died = false;
}

/* End the watch; whether ^C has done so before. */
bool watch_stop(void)
{
    tell_watch();
    while (watch.pid != 0 && jobs_reap()) {}
    return watch.died;
}
