/*
 * init: the first process, the ancestor of all others.
 *
 * With the boot argument run="COMMAND", init starts a shell that runs the
 * command, and then powers the machine off with its status.  Otherwise it keeps
 * a shell on the console: when one ends, it starts the next.  Meanwhile it
 * reaps the orphans that the kernel gives it.  init must never end.
 */
#include <stdbool.h>
#include "kernel/file.h"
#include "kernel/stat.h"
#include "user/user.h"

enum {
    SECOND = TICKHZ,
    NO_CONSOLE = 3, // the exit status if there is no console
};

/* Open the device `path` as descriptor 0; returns whether it is the console. */
static bool init_try_console(const char *path)
{
    struct stat st;

    while (open(path, O_RDWR) < 0) {
        if (errno != ENOMEM) {
            return false;
        }
        sleep(SECOND);
    }
    return fstat(0, &st) == 0 && st.type == T_DEVICE && st.major == CONSOLE;
}

/* Give up, because nothing can be typed.  The reason is printed on a node
   made for this purpose, if the disk allows it; the kernel prints the status
   anyway. */
static void init_give_up(void)
{
    close(0);
    mknod("/console.init", CONSOLE, 0);
    if (init_try_console("/console.init")) {
        fprintf(0,
                "init: /console is not the console; build a new disk image\n");
    }
    unlink("/console.init");
    exit(NO_CONSOLE);
}

/* Open the console as descriptors 0, 1, and 2. */
static void init_open_console(void)
{
    if (!init_try_console("/console")) {
        init_give_up();
    }
    dup(0);
    dup(0);
}

/* Start a shell in its own process group, which the console's ^C reaches.
   Returns its pid, or -1. */
static int init_start(const char *const argv[])
{
    int pid = fork();

    if (pid == 0) {
        setpgid(0, 0);
        tcsetpgrp(0, getpid());
        exec("/sh", (char *const *)argv);
        perror("init: /sh");
        exit(127);
    }
    if (pid < 0) {
        perror("init: fork");
    }
    return pid;
}

/* Reap children until `pid` ends; returns its status. */
static int init_wait(int pid)
{
    int status = 0;
    int ended;

    do {
        ended = wait(&status);
    } while (ended != pid && (ended >= 0 || errno == EINTR));
    return ended == pid ? status : -1;
}

/* What QEMU exits with: the low 8 bits, but never 0 for a failure. */
static int init_exit_code(int status)
{
    int code = status & 0xff;

    return code == 0 && status != 0 ? 0xff : code;
}

/* Run one command, then power off.  An empty command is a mistake and fails. */
static void init_run(const char *command)
{
    const char *argv[] = {"sh", "-c", command, NULL};
    int pid;

    if (command[0] == '\0') {
        fprintf(2, "init: boot argument run= is empty\n");
        poweroff(127);
    }
    pid = init_start(argv);
    poweroff(init_exit_code(pid < 0 ? -1 : init_wait(pid)));
}

int main(void)
{
    const char *shell[] = {"sh", NULL};
    char command[MAXPATH];

    init_open_console();
    if (bootarg("run", command, sizeof(command)) >= 0) {
        init_run(command);
    }
    printf("Type help, lde or usertests; Ctrl-A x leaves QEMU.\n");
    for (;;) {
        int pid = init_start(shell);

        // A shell that could not run says so, but at most once a second.
        if (pid < 0 || init_wait(pid) == 127) {
            sleep(SECOND);
        } else {
            fprintf(2, "init: the shell has ended; starting a new one\n");
        }
    }
}
