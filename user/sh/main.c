/*
 * sh [FILE [WORD...] | -c COMMANDS [NAME [WORD...]]]: the shell.
 *
 *     sh               commands from standard input
 *     sh FILE          commands from a file, a script
 *     sh -c COMMANDS   commands from the argument
 *
 * The words become "$1" to "$9"; "$0" is FILE or NAME (expand.c).  Each line is
 * read whole, parsed (lex.c, parse.c), and run (run.c).  A line that is too
 * long or cannot be parsed is refused as a whole, and ends a shell that is not
 * interactive. The exit status is that of the last command.  On a console the
 * shell is interactive: it prompts, reports when background jobs are done
 * (jobs.c), and is in a process group that ^C does not reach.
 */
#include "sh.h"
#include "user/tool.h"

enum {
    STATUS_SYNTAX = 2,
    STATUS_NO_SCRIPT = 126,
    STATUS_NO_FILE = 127,
    LINE_EOF = -1,
    LINE_LONG = -2,
};

struct shell shell = {.interactive = false, .script = -1, .status = 0};

/* Whether a line of n bytes, or LINE_LONG, is valid; prints a message if not.
   A NUL would hide the rest of the line; the mark is reserved for the lexer. */
static bool line_ok(const char *line, int n)
{
    if (n == LINE_LONG || n > LINE_MAX) {
        fprintf(2, "sh: line longer than %d bytes refused\n", LINE_MAX);
        return false;
    }
    if (memchr(line, '\0', (size_t)n) != NULL ||
        memchr(line, PARAMETER_MARK, (size_t)n) != NULL) {
        fprintf(2, "sh: line with control bytes refused\n");
        return false;
    }
    return true;
}

/* Parse and run one line of n bytes; false if the line is refused. */
static bool shell_line(const char *line, int n)
{
    const struct sequence *s = NULL;
    bool ok = line_ok(line, n);

    if (ok) {
        s = parse_line(line, &ok);
    }
    if (!ok) {
        shell.status = STATUS_SYNTAX;
    } else if (s != NULL) {
        shell.interrupted = false;
        run_sequence(s);
        expand_reset();
    }
    return ok;
}

/*
 * Read a line without its newline into LINE_MAX + 1 bytes.  Returns its length,
 * LINE_EOF, or LINE_LONG after reading all of a line that does not fit.  This
 * reads one byte per call, because a command may need to read what follows.
 */
static int read_line(int fd, char *line)
{
    int n = 0;
    char c = '\0';
    int result;

    while ((result = read(fd, &c, 1)) == 1 && c != '\n') {
        if (n < LINE_MAX) {
            line[n] = c;
        }
        n++;
    }
    if (result < 0) {
        print_error("read");
        shell.status = STATUS_SYNTAX;
        return LINE_EOF;
    }
    if (n == 0 && result == 0) {
        return LINE_EOF;
    }
    if (n > LINE_MAX) {
        return LINE_LONG;
    }
    line[n] = '\0';
    return n;
}

/* Report background jobs and print the prompt. */
static void prompt(void)
{
    tcsetpgrp(0, 0); // ^C reaches no process
    jobs_collect();
    jobs_report();
    fprintf(2, "$ ");
}

/* Run all lines of `fd`. */
static void shell_read(int fd)
{
    static char line[LINE_MAX + 1];

    for (;;) {
        if (shell.interactive) {
            prompt();
        }
        int n = read_line(fd, line);
        if (n == LINE_EOF || (!shell_line(line, n) && !shell.interactive)) {
            return;
        }
        if (!shell.interactive) {
            jobs_report();
        }
    }
}

/* Run the lines of a string, which is modified. */
static void shell_string(char *text)
{
    while (text != NULL) {
        char *end = strchr(text, '\n');

        if (end != NULL) {
            *end++ = '\0';
        }
        if (!shell_line(text, (int)strlen(text))) {
            return;
        }
        text = end;
    }
}

/* Open a script, found the way exec finds a program; -1 with `errno`. */
static int script_open(const char *name)
{
    char path[MAXPATH];
    int fd = open(name, O_RDONLY);

    if (fd < 0 && errno == ENOENT && name[0] != '/' &&
        snprintf(path, sizeof(path), "/%s", name) < MAXPATH) {
        fd = open(path, O_RDONLY);
    }
    return fd_hide(fd);
}

/* Whether an open file can be a script: not a directory, not a program, and no
   NUL in its first line.  If not, `errno` gives the reason. */
static bool script_ok(int fd)
{
    char head[512];
    struct stat st;

    errno = EISDIR;
    if (fstat(fd, &st) < 0 || st.type == T_DIR) {
        return false;
    }
    if (st.type != T_FILE) {
        return true;
    }
    int n = read(fd, head, sizeof(head));
    if (n < 0 || lseek(fd, 0, SEEK_SET) < 0) {
        return false;
    }
    errno = ENOEXEC;
    if (n >= 4 && memcmp(head, "\177ELF", 4) == 0) {
        return false;
    }
    const char *nul = memchr(head, '\0', (size_t)n);
    const char *end = memchr(head, '\n', (size_t)n);
    return nul == NULL || (end != NULL && end < nul);
}

/* Run a script; returns the exit status. */
static int shell_script(const char *name)
{
    shell.script = script_open(name);
    if (shell.script < 0) {
        complain("sh", name);
        return STATUS_NO_FILE;
    }
    if (!script_ok(shell.script)) {
        complain("sh", name);
        return STATUS_NO_SCRIPT;
    }
    shell_read(shell.script);
    return shell.status;
}

int main(int argc, char **argv)
{
    bool string = argc > 1 && strcmp(argv[1], "-c") == 0;
    int first = string ? 3 : 1; // index of "$0", if it is given

    if (argc > 1 && (string ? argc < 3 : argv[1][0] == '-')) {
        fprintf(2, "usage: sh [FILE [WORD...] | -c COMMANDS [NAME "
                   "[WORD...]]]\n");
        return STATUS_SYNTAX;
    }
    shell.argc = argc > first ? argc - first : 1;
    shell.argv = argc > first ? argv + first : argv;
    if (string) {
        shell_string(argv[2]);
    } else if (argc > 1) {
        return shell_script(argv[1]);
    } else {
        shell.interactive = tcsetpgrp(0, getpid()) == 0;
        if (shell.interactive) {
            setpgid(0, 0);
        }
        shell_read(0);
    }
    return shell.status;
}
