#pragma once

#include <stdbool.h>
#include <stddef.h>

/*
 * The parts of the shell.
 *
 *     sequence:  and_or ((';' | '&') and_or)*
 *     and_or:    pipeline (('&&' | '||') pipeline)*
 *     pipeline:  command ('|' command)*
 *     command:   (word | redirect)+  or  '(' sequence ')' redirect*
 *     redirect:  [digit] ('<' | '>' | '>>' | '<&' | '>&') word
 *
 * A parsed line consists of the structures below, each a list of the next.
 */
enum { LINE_MAX = 4096 }; // bytes of a line, without its newline

enum redirect_kind { REDIRECT_IN, REDIRECT_OUT, REDIRECT_APPEND, REDIRECT_DUP };

struct redirect {
    struct redirect *next;
    enum redirect_kind kind;
    int fd;
    char *target; // a path, or for REDIRECT_DUP a descriptor or "-"
};

struct command {
    struct command *next; // reads the output of this one
    struct redirect *redirects;
    struct sequence *group; // the contents of ( ), or NULL
    char **argv;            // otherwise: the words, then NULL
};

enum when { WHEN_ALWAYS, WHEN_SUCCESS, WHEN_FAILURE };

struct pipeline {
    struct pipeline *next;
    struct command *commands;
    enum when when; // condition on the status of the previous one
};

struct sequence {
    struct sequence *next;
    struct pipeline *pipelines;
    bool background;
    const char *text; // the source, for listings; not NUL-terminated
    size_t text_length;
};

/* In a word: the next byte is the name of a parameter, as after `$`. */
#define PARAMETER_MARK '\1'

/* The kind and the state of this shell. */
struct shell {
    bool interactive; // prompts, and puts each job into its own group
    int script;       // descriptor of the commands, or -1; children close it
    int status;       // of the last command
    bool interrupted; // by ^C: skip the rest of the line
    int argc;         // parameters, with "$0"
    char **argv;
};

extern struct shell shell;

/* parse.c: NULL for an empty line, or after printing an error. */
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
