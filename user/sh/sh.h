#pragma once

#include <stdbool.h>
#include <stddef.h>

/*
 * The shell's parts.
 *
 *     sequence:  and_or ((';' | '&') and_or)*
 *     and_or:    pipeline (('&&' | '||') pipeline)*
 *     pipeline:  command ('|' command)*
 *     command:   (word | redirect)+  or  '(' sequence ')' redirect*
 *     redirect:  [digit] ('<' | '>' | '>>' | '<&' | '>&') word
 *
 * A parsed line is these four, each a list of the next.
 */
enum { LINE_MAX = 4096 }; // bytes in a line, without its end

enum redirect_kind { REDIRECT_IN, REDIRECT_OUT, REDIRECT_APPEND, REDIRECT_DUP };

struct redirect {
    struct redirect *next;
    enum redirect_kind kind;
    int fd;
    char *target; // a path, or for REDIRECT_DUP a descriptor or "-"
};

struct command {
    struct command *next; // reads our output
    struct redirect *redirects;
    struct sequence *group; // what stands in ( ), or NULL
    char **argv;            // otherwise: the words, then NULL
};

enum when { WHEN_ALWAYS, WHEN_SUCCESS, WHEN_FAILURE };

struct pipeline {
    struct pipeline *next;
    struct command *commands;
    enum when when; // runs if the one before did so
};

struct sequence {
    struct sequence *next;
    struct pipeline *pipelines;
    bool background;
    const char *text; // the source, for listings; not NUL-terminated
    size_t text_length;
};

/* In words: with the next byte stands for a parameter, as `$` did. */
#define PARAMETER_MARK '\1'

/* What kind of shell this process is, and what it knows. */
struct shell {
    bool interactive; // prompts, and gives each job a process group
    int script;       // descriptor commands come from, not for children; or -1
    int status;       // of the last command
    bool interrupted; // ^C: the line is not to go on
    int argc;         // parameters, with "$0"
    char **argv;
};

extern struct shell shell;

/* parse.c: NULL for an empty line, or after saying what is wrong. */
struct sequence *parse_line(const char *line, bool *ok);

/* expand.c */
void expand_pipeline(const struct pipeline *pipeline);
void expand_reset(void);

/* redirect.c */
bool redirect_apply(const struct redirect *r);
int fd_hide(int fd);
int run_builtin(const struct command *c);

/* run.c */
int run_sequence(const struct sequence *sequence);
void print_error(const char *what);

/* builtin.c */
bool builtin_is(const char *name);
int builtin_run(char **argv);

/* watch.c: whether ^C was pressed. */
enum { STATUS_INTERRUPTED = 130 };
int watch_start(void);
bool watch_note(int pid, int status);
bool watch_died(void);
bool watch_stop(void);
void watch_forget(void);

/* jobs.c: the pipelines that were started. */
enum { STATUS_NO_JOB = 127 }; // wait for what is not there
void *must(void *memory);
bool jobs_reap(void);

struct job;
struct job *job_create(const char *text, size_t length);
void job_add(struct job *job, int pid);
int job_wait(struct job *job);
void job_background(struct job *job);
void jobs_forget(void);
void jobs_collect(void);
void jobs_report(void);
void jobs_list(void);
void jobs_wait_all(void);
int jobs_wait_pid(int pid);
bool jobs_kill(int number);
int jobs_wait_number(int number);
