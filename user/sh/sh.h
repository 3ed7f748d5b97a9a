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
 *     redirect:  [digit] ('<' | '>' | '>>' | '>&') word
 *
 * A parsed line is these four, each a list of the next.
 */
enum { LINE_MAX = 4096 }; // bytes in a line, without its end

enum redirect_kind { REDIRECT_IN, REDIRECT_OUT, REDIRECT_APPEND, REDIRECT_DUP };

struct redirect {
    struct redirect *next;
    enum redirect_kind kind;
    int fd;
    char *target; // a path, or for REDIRECT_DUP a descriptor
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

/* In words: stands for the status of the last command ("$?"). */
#define STATUS_MARK '\1'

/* What kind of shell this process is, and what it knows. */
struct shell {
    bool interactive; // prompts, and gives each job a process group
    int script;       // descriptor commands come from, not for children; or -1
    int status;       // of the last command
};

extern struct shell shell;

/* lex.c: the line as tokens. */
enum token {
    TOKEN_END,
    TOKEN_WORD,
    TOKEN_REDIRECT, // kind and fd in struct lexer
    TOKEN_PIPE,
    TOKEN_OR,
    TOKEN_AND,
    TOKEN_BACKGROUND,
    TOKEN_SEMICOLON,
    TOKEN_OPEN,
    TOKEN_CLOSE,
    TOKEN_ERROR, // message in struct lexer
};

struct lexer {
    const char *at;    // next byte to read
    const char *start; // first byte of the current token
    enum token token;  // the current token
    char *word;        // its text, of a word
    char *room;        // where the next word goes
    enum redirect_kind redirect;
    int fd;
    const char *error;
};

void lex_start(struct lexer *lex, const char *line, char *room);
void lex_next(struct lexer *lex);

/* parse.c: NULL for an empty line, or after saying what is wrong. */
struct sequence *parse_line(const char *line, bool *ok);

/* run.c */
int run_sequence(const struct sequence *sequence);

/* builtin.c */
bool builtin_is(const char *name);
int builtin_run(char **argv);

/* jobs.c: the pipelines that were started. */
enum { STATUS_NO_JOB = 127 }; // wait for what is not there

struct job;
struct job *job_create(const char *text, size_t length);
void job_add(struct job *job, int pid);
int job_wait(struct job *job);
void job_background(struct job *job);
void jobs_forget(void);
void jobs_collect(void);
void jobs_report(void);
void jobs_list(void);
int jobs_wait_all(void);
int jobs_wait_pid(int pid);
bool jobs_kill(int number);
int jobs_wait_number(int number);
