/*
 * Running a parsed line.
 *
 * Every command of a pipeline is a child of this shell, except a built-in
 * command that is not part of a pipeline.  An interactive shell puts each job
 * into its own process group and tells the console which group is in the
 * foreground, so that ^C ends the job and not the shell.  Parent and child both
 * set the group, so it is set before either continues, whichever runs first.  A
 * child is not interactive: the processes it starts stay in its group.
 */
#include "sh.h"
#include "user/user.h"

enum {
    STATUS_NOT_RUN = 126,
    STATUS_NOT_FOUND = 127,
};

/* Print an error message for the last failed system call. */
void print_error(const char *what)
{
    fprintf(2, "sh: %s: %s\n", what, strerror(errno));
}

/* A file that is not a program may be a script: become a shell that runs it.
   If it is not a script, either, that shell reports it. */
static void become_script(char **argv)
{
    char name[] = "sh";
    char *words[MAXARG + 1] = {name};
    int n = 0;

    while (argv[n] != NULL && n + 1 < MAXARG) {
        words[n + 1] = argv[n];
        n++;
    }
    words[n + 1] = NULL;
    errno = E2BIG;
    if (argv[n] == NULL) {
        exec("/sh", words);
    }
}

/* In a child: become the command. */
static void command_become(const struct command *c)
{
    if (!redirect_apply(c->redirects)) {
        exit(1);
    }
    if (c->group != NULL) {
        exit(run_sequence(c->group));
    }
    if (c->argv[0] == NULL) {
        exit(0);
    }
    if (builtin_is(c->argv[0])) {
        exit(builtin_run(c->argv));
    }
    exec(c->argv[0], c->argv);
    if (errno == ENOEXEC) {
        become_script(c->argv);
    }
    if (errno == ENOENT) {
        fprintf(2, "%s: command not found\n", c->argv[0]);
        exit(STATUS_NOT_FOUND);
    }
    fprintf(2, "%s: %s\n", c->argv[0], strerror(errno));
    exit(STATUS_NOT_RUN);
}

/* Put a process in its job's group, in the foreground if asked. */
static void group_enter(int pid, int group, bool foreground)
{
    setpgid(pid, group);
    if (foreground) {
        tcsetpgrp(0, group);
    }
}

/* Fork a process of a job.  `group` is 0 for the first process, which gives the
   group its number.  Returns as fork does; in the child the shell is no longer
   interactive. */
static int fork_process(int group, bool foreground)
{
    int pid = fork();

    if (pid < 0) {
        print_error("fork");
        return pid;
    }
    if (shell.interactive) {
        int self = pid == 0 ? getpid() : pid;

        group_enter(self, group == 0 ? self : group, foreground);
    }
    if (pid == 0) {
        shell.interactive = false;
        jobs_forget();
        watch_forget();
        if (shell.script >= 0) {
            close(shell.script);
            shell.script = -1;
        }
    }
    return pid;
}

/* Move descriptor `from` to `to`, if there is one. */
static void move_fd(int from, int to)
{
    if (from >= 0) {
        dup2(from, to);
        close(from);
    }
}

/* The standard input of background commands.  It is empty, because the
   terminal, or whatever the shell reads, belongs to the shell.  -1 after
   printing an error. */
static int open_nothing(void)
{
    int fd = fd_hide(open("/null", O_RDONLY));

    if (fd < 0) {
        print_error("/null");
    }
    return fd;
}

/* Create a pipe whose ends are 10 or above; false after printing an error. */
static bool open_pipe(int ends[2])
{
    if (pipe(ends) == 0) {
        ends[0] = fd_hide(ends[0]);
        ends[1] = fd_hide(ends[1]);
        if (ends[0] >= 0 && ends[1] >= 0) {
            return true;
        }
        close(ends[0]);
        close(ends[1]);
    }
    print_error("pipe");
    return false;
}

/* Start the commands of a pipeline as processes of `job`.  The first one reads
   `input`, or the shell's standard input if `input` is -1.  They join `group`,
   or a new group if it is 0.  False if one could not be started: the commands
   before it then have no reader. */
static bool start_all(const struct command *c, struct job *job, int input,
                      int group, bool foreground)
{
    bool ok = true;

    for (; c != NULL && ok; c = c->next) {
        int ends[2] = {-1, -1};

        if (c->next != NULL && !open_pipe(ends)) {
            break;
        }
        int pid = fork_process(group, foreground);
        if (pid == 0) {
            move_fd(input, 0);
            move_fd(ends[1], 1);
            close(ends[0]);
            command_become(c);
        }
        close(input);
        close(ends[1]);
        input = ends[0];
        ok = pid > 0;
        if (ok) {
            job_add(job, pid);
            group = group == 0 ? pid : group;
        }
    }
    close(input);
    return ok && c == NULL;
}

/* Run a pipeline and wait for it; returns its status.  If more of the line
   follows, ^C must end that, too. */
static int run_pipeline(const struct pipeline *p, bool more)
{
    const struct command *c = p->commands;

    expand_pipeline(p);
    if (c->next == NULL && c->group == NULL &&
        (c->argv[0] == NULL || builtin_is(c->argv[0]))) {
        return run_builtin(c);
    }
    struct job *job = job_create("", 0);
    int group = more ? watch_start() : 0;
    bool ok = start_all(c, job, -1, group, true);
    int status = job_wait(job);
    shell.interrupted = more && watch_stop();
    if (shell.interrupted) {
        return STATUS_INTERRUPTED;
    }
    return ok ? status : STATUS_NOT_RUN;
}

/* Run pipelines joined by && and ||; returns the status of the last that
   ran. */
static int run_and_or(const struct pipeline *p, bool more)
{
    for (; p != NULL && !shell.interrupted; p = p->next) {
        if (p->when == WHEN_ALWAYS ||
            (p->when == WHEN_SUCCESS) == (shell.status == 0)) {
            shell.status = run_pipeline(p, more || p->next != NULL);
        }
    }
    return shell.status;
}

/* Start pipelines joined by && and || in one child; false if that fails. */
static bool start_and_or(const struct pipeline *p, struct job *job, int input)
{
    int pid = fork_process(0, false);

    if (pid == 0) {
        move_fd(input, 0);
        exit(run_and_or(p, false));
    }
    close(input);
    if (pid > 0) {
        job_add(job, pid);
    }
    return pid > 0;
}

/* Start pipelines joined by && and || without waiting. */
static int run_background(const struct sequence *s)
{
    const struct pipeline *p = s->pipelines;
    int input = open_nothing();

    if (input < 0) {
        return STATUS_NOT_RUN;
    }
    struct job *job = job_create(s->text, s->text_length);
    bool ok;
    if (p->next == NULL) {
        expand_pipeline(p);
        ok = start_all(p->commands, job, input, 0, false);
    } else {
        ok = start_and_or(p, job, input);
    }
    if (!ok) {
        job_wait(job);
        return STATUS_NOT_RUN;
    }
    job_background(job);
    return 0;
}

/* Run a sequence; returns the status of its last command, which is also in
   shell.status. */
int run_sequence(const struct sequence *s)
{
    for (; s != NULL && !shell.interrupted; s = s->next) {
        shell.status = s->background
                           ? run_background(s)
                           : run_and_or(s->pipelines, s->next != NULL);
    }
    return shell.status;
}
