/*
 * sh [FILE | -c COMMANDS]: the shell.
 *
 *     sh               commands from standard input
 *     sh FILE          commands from a file
 *     sh -c COMMANDS   commands from the argument
 *
 * Each line is read whole, parsed (lex.c, parse.c) and run (run.c); a line
 * that is too long or makes no sense is refused whole.  The exit status is
 * that of the last command.  On a console the shell is interactive: it
 * prompts, tells when background jobs are done (jobs.c) and is in a process
 * group that ^C does not reach.
 */
#include "sh.h"
#include "user/user.h"

enum {
    STATUS_SYNTAX = 2,
    LINE_EOF = -1,
    LINE_LONG = -2,
};

struct shell shell = {.interactive = false, .script = -1, .status = 0};

/* Parse and run one line. */
static void shell_line(const char *line)
{
    bool ok;
    const struct sequence *s = parse_line(line, &ok);

    if (!ok) {
        shell.status = STATUS_SYNTAX;
    } else if (s != NULL) {
        run_sequence(s);
    }
}

/*
 * Read a line without its end into LINE_MAX + 1 bytes: its length, LINE_EOF,
 * or LINE_LONG after reading all of a line that does not fit.  One byte a
 * call, because what follows may be for a command to read.
 */
static int read_line(int fd, char *line)
{
    int n = 0;
    char c = '\0';

    while (read(fd, &c, 1) == 1 && c != '\n') {
        if (n < LINE_MAX) {
            line[n] = c;
        }
        n++;
    }
    if (n == 0 && c != '\n') {
        return LINE_EOF;
    }
    if (n > LINE_MAX) {
        return LINE_LONG;
    }
    line[n] = '\0';
    return n;
}

/* Tell the user what happened meanwhile and ask for a command. */
static void prompt(void)
{
    tcsetpgrp(0, 0); // ^C: nobody
    jobs_collect();
    jobs_report();
    fprintf(2, "$ ");
}

/* Run the lines of `fd` to its end. */
static void shell_read(int fd)
{
    static char line[LINE_MAX + 1];

    for (;;) {
        if (shell.interactive) {
            prompt();
        }
        int n = read_line(fd, line);
        if (n == LINE_EOF) {
            return;
        }
        if (n == LINE_LONG) {
            fprintf(2, "sh: line longer than %d bytes refused\n", LINE_MAX);
            shell.status = STATUS_SYNTAX;
        } else {
            shell_line(line);
        }
        if (!shell.interactive) {
            jobs_report();
        }
    }
}

/* Run the lines of a string, which is changed. */
static void shell_string(char *text)
{
    while (text != NULL) {
        char *end = strchr(text, '\n');

        if (end != NULL) {
            *end++ = '\0';
        }
        if (strlen(text) > LINE_MAX) {
            fprintf(2, "sh: line longer than %d bytes refused\n", LINE_MAX);
            shell.status = STATUS_SYNTAX;
        } else {
            shell_line(text);
        }
        text = end;
    }
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "-c") == 0) {
        shell_string(argv[2]);
    } else if (argc == 2 && argv[1][0] != '-') {
        shell.script = open(argv[1], O_RDONLY);
        if (shell.script < 0) {
            perror(argv[1]);
            return 127;
        }
        shell_read(shell.script);
    } else if (argc == 1) {
        setpgid(0, 0);
        shell.interactive = tcsetpgrp(0, getpid()) == 0;
        shell_read(0);
    } else {
        fprintf(2, "usage: sh [-c COMMANDS | FILE]\n");
        return STATUS_SYNTAX;
    }
    return shell.status;
}
