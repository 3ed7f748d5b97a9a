/*
 * grep PATTERN [FILE...]: print the lines that match.
 *
 * In a pattern `.` is any character, `x*` any number of x, `^` the start of
 * the line and `$` its end.  The status is 0 if a line matched, 1 if none did,
 * 2 after an error.  A line longer than the buffer is taken in pieces.
 */
#include <stdbool.h>
#include "user/user.h"

enum { LINE_MOST = 64 * 1024 };

static char buffer[LINE_MOST + 1];
static const char *pattern;
static bool show_names;
static bool matched;

static bool match_here(const char *re, const char *s);

/* Whether the pattern character `c` stands for `text`. */
static bool match_one(char c, char text)
{
    return text != '\0' && (c == '.' || c == text);
}

/* `re` begins with x*: take as many as there are, then fewer and fewer. */
static bool match_star(const char *re, const char *s)
{
    const char *end = s;

    while (match_one(re[0], *end)) {
        end++;
    }
    for (; end >= s; end--) {
        if (match_here(re + 2, end)) {
            return true;
        }
    }
    return false;
}

/* Whether `re` matches a text that begins at `s`. */
static bool match_here(const char *re, const char *s)
{
    for (; *re != '\0'; re++, s++) {
        if (re[1] == '*') {
            return match_star(re, s);
        }
        if (re[0] == '$' && re[1] == '\0') {
            return *s == '\0';
        }
        if (!match_one(*re, *s)) {
            return false;
        }
    }
    return true;
}

/* Whether `re` matches anywhere in `s`. */
static bool match(const char *re, const char *s)
{
    if (*re == '^') {
        return match_here(re + 1, s);
    }
    do {
        if (match_here(re, s)) {
            return true;
        }
    } while (*s++ != '\0');
    return false;
}

/* Print a line if it matches. */
static void grep_line(const char *line, const char *name)
{
    if (!match(pattern, line)) {
        return;
    }
    matched = true;
    if (show_names) {
        printf("%s:%s\n", name, line);
    } else {
        printf("%s\n", line);
    }
}

/* Look at each line of `fd`; false after a read error, which is printed. */
static bool grep_fd(int fd, const char *name)
{
    size_t held = 0; // bytes in the buffer: the start of a line
    int n;

    while ((n = read(fd, buffer + held, LINE_MOST - (int)held)) > 0) {
        char *line = buffer;
        char *end;

        held += (size_t)n;
        buffer[held] = '\0';
        while ((end = memchr(line, '\n', buffer + held - line)) != NULL) {
            *end = '\0';
            grep_line(line, name);
            line = end + 1;
        }
        held -= (size_t)(line - buffer);
        memmove(buffer, line, held);
        if (held == LINE_MOST) {
            grep_line(buffer, name);
            held = 0;
        }
    }
    if (held > 0) {
        buffer[held] = '\0';
        grep_line(buffer, name);
    }
    if (n < 0) {
        fprintf(2, "grep: %s: %s\n", name, strerror(errno));
    }
    return n == 0;
}

int main(int argc, char **argv)
{
    bool ok = true;

    if (argc < 2) {
        fprintf(2, "usage: grep PATTERN [FILE...]\n");
        return 2;
    }
    pattern = argv[1];
    show_names = argc > 3;
    if (argc == 2) {
        ok = grep_fd(0, "standard input");
    }
    for (int i = 2; i < argc; i++) {
        int fd = open(argv[i], O_RDONLY);

        if (fd < 0) {
            fprintf(2, "grep: %s: %s\n", argv[i], strerror(errno));
            ok = false;
            continue;
        }
        ok &= grep_fd(fd, argv[i]);
        close(fd);
    }
    return ok ? !matched : 2;
}
