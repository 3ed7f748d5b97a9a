/*
 * Running a parsed line.
 *
 * Every command of a pipeline is a child of this shell, except a command that
 * the shell runs itself and that stands alone.  In an interactive shell each
 * job gets a process group of its own, and the console is told which group is
 * in the foreground, so that ^C ends the job and not the shell.  Parent and
 * child both set the group: whoever comes first, it is set before either goes
 * on.  A child is not interactive: what it starts stays in its group.
 */
#include "sh.h"
#include "user/user.h"

enum {
    STATUS_NOT_RUN = 126,
    STATUS_NOT_FOUND = 127,
};

/* Say why the last system call failed, and on what. */
static void print_error(const char *what)
{
    fprintf(2, "sh: %s: %s\n", what, strerror(errno));
}

/* Replace STATUS_MARK in a word; the result is the word itself or new. */
static char *expand(char *word)
{
    char number[16];
    size_t marks = 0;

    for (const char *s = word; *s != '\0'; s++) {
        marks += *s == STATUS_MARK;
    }
    if (marks == 0) {
        return word;
    }
    int digits = snprintf(number, sizeof(number), "%d", shell.status);
    char *result = malloc(strlen(word) + marks * (size_t)digits + 1);
    if (result == NULL) {
        return word;
    }
    char *to = result;
    for (const char *s = word; *s != '\0'; s++) {
        if (*s == STATUS_MARK) {
            memcpy(to, number, (size_t)digits);
            to += digits;
        } else {
            *to++ = *s;
        }
    }
    *to = '\0';
    return result;
}

/* Expand all words of a command in place: it runs once. */
static void expand_all(char **argv)
{
    for (; *argv != NULL; argv++) {
        *argv = expand(*argv);
    }
}

/* The open file that a redirection names, as a new descriptor; -1 after saying
   why not. */
static int redirect_open(const struct redirect *r)
{
    static const int flags[] = {
        [REDIRECT_IN] = O_RDONLY,
        [REDIRECT_OUT] = O_WRONLY | O_CREATE | O_TRUNC,
        [REDIRECT_APPEND] = O_WRONLY | O_CREATE | O_APPEND,
    };
    int fd;

    if (r->kind == REDIRECT_DUP) {
        bool digit =
            r->target[0] >= '0' && r->target[0] <= '9' && r->target[1] == '\0';

        errno = EBADF;
        fd = digit ? dup(r->target[0] - '0') : -1;
    } else {
        fd = open(r->target, flags[r->kind]);
    }
    if (fd < 0) {
        print_error(r->target);
    }
    return fd;
}

/* Carry out redirections, in order; false if one fails. */
static bool redirect_apply(const struct redirect *r)
{
    for (; r != NULL; r = r->next) {
        int fd = redirect_open(r);

        if (fd < 0) {
            return false;
        }
        if (fd != r->fd) {
            dup2(fd, r->fd);
            close(fd);
        }
    }
    return true;
}

/* Run a built-in command in this process, its redirections undone after. */
static int run_builtin(const struct command *c)
{
    int saved[10]; // by descriptor: a redirection names one digit
    int status = 1;

    for (int fd = 0; fd < 10; fd++) {
        saved[fd] = -1;
    }
    for (const struct redirect *r = c->redirects; r != NULL; r = r->next) {
        if (saved[r->fd] < 0) {
            saved[r->fd] = dup(r->fd);
        }
    }
    if (redirect_apply(c->redirects)) {
        expand_all(c->argv);
        status = c->argv[0] == NULL ? 0 : builtin_run(c->argv);
    }
    for (const struct redirect *r = c->redirects; r != NULL; r = r->next) {
        if (saved[r->fd] >= 0) {
            dup2(saved[r->fd], r->fd);
            close(saved[r->fd]);
            saved[r->fd] = -1;
        }
    }
    return status;
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
    expand_all(c->argv);
    if (c->argv[0] == NULL) {
        exit(0);
    }
    if (builtin_is(c->argv[0])) {
        exit(builtin_run(c->argv));
    }
    exec(c->argv[0], c->argv);
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

/* Fork a process of a job.  `group` is 0 for the first, which names it.
   Returns as fork does; in the child the shell has become a plain one. */
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
        if (shell.script >= 0) {
            close(shell.script);
            shell.script = -1;
        }
    }
    return pid;
}

/* Make `from` the descriptor `to`, if there is one. */
static void move_fd(int from, int to)
{
    if (from >= 0) {
        dup2(from, to);
        close(from);
    }
}

/* Start the commands of a pipeline as processes of `job`.  False if one could
   not be started: those before it find their reader gone.  What runs in the
   background of a terminal does not read from it: that is the shell's. */
static bool start_all(const struct command *c, struct job *job, bool foreground)
{
    // Reading end of the pipe from the command before.
    int input = foreground || !shell.interactive ? -1 : open("/null", O_RDONLY);
    int group = 0;
    bool ok = true;

    for (; c != NULL && ok; c = c->next) {
        int ends[2] = {-1, -1};

        if (c->next != NULL && pipe(ends) < 0) {
            print_error("pipe");
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

/* Run a pipeline and wait for it; its status. */
static int run_pipeline(const struct pipeline *p)
{
    const struct command *c = p->commands;

    if (c->next == NULL && c->group == NULL &&
        (c->argv[0] == NULL || builtin_is(c->argv[0]))) {
        return run_builtin(c);
    }
    struct job *job = job_create("", 0);
    bool ok = start_all(c, job, true);
    int status = job_wait(job);
    return ok ? status : STATUS_NOT_RUN;
}

/* Run pipelines joined by && and ||; the status of the last that ran. */
static int run_and_or(const struct pipeline *p)
{
    for (; p != NULL; p = p->next) {
        if (p->when == WHEN_ALWAYS ||
            (p->when == WHEN_SUCCESS) == (shell.status == 0)) {
            shell.status = run_pipeline(p);
        }
    }
    return shell.status;
}

/* Start pipelines joined by && and || in one child; false if that fails. */
static bool start_and_or(const struct pipeline *p, struct job *job)
{
    int pid = fork_process(0, false);

    if (pid == 0) {
        exit(run_and_or(p));
    }
    if (pid > 0) {
        job_add(job, pid);
    }
    return pid > 0;
}

/* Start the same and do not wait. */
static int run_background(const struct sequence *s)
{
    const struct pipeline *p = s->pipelines;
    struct job *job = job_create(s->text, s->text_length);
    bool ok = p->next == NULL ? start_all(p->commands, job, false)
                              : start_and_or(p, job);

    if (!ok) {
        job_wait(job);
        return STATUS_NOT_RUN;
    }
    job_background(job);
    return 0;
}

/* Run a sequence; the status of its last command, also in shell.status. */
int run_sequence(const struct sequence *s)
{
    for (; s != NULL; s = s->next) {
        shell.status =
            s->background ? run_background(s) : run_and_or(s->pipelines);
    }
    return shell.status;
}
