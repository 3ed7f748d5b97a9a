/*
 * grep [-chilnqv] PATTERN [FILE...]: print the lines that match.
 *
 * In a pattern `.` matches any character, `x*` any number of x, `^` the start
 * of the line, and `$` its end.  The status is 0 if a line matched, 1 if none
 * did, 2 after an error.  A line longer than the buffer is processed in pieces.
 *
 * -c prints only the number of matching lines, -l only the names of files with
 * a match, -q nothing.  -h omits file names, -n prints line numbers, -i ignores
 * case, -v selects the lines that do not match.  -e PATTERN is for a pattern
 * that begins with `-`.
 */
#include "user/tool.h"

enum { LINE_MOST = 64 * 1024 };

static char buffer[LINE_MOST + 1];
static const char *line_end; // end of the current line
static const char *pattern;
static bool option[128]; // indexed by its letter
static bool show_names;
static bool matched;
static long found; // matching lines of this file

static bool match_here(const char *re, const char *s);

/* Convert an uppercase letter to lowercase. */
static char to_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Whether the pattern character `c` matches the character at `s`. */
static bool match_one(char c, const char *s)
{
    if (s == line_end) {
        return false;
    }
    return c == '.' || c == *s || (option['i'] && to_lower(c) == to_lower(*s));
}

/* `re` begins with x*: match as many as possible, then fewer. */
static bool match_star(const char *re, const char *s)
{
    const char *end = s;

    while (match_one(re[0], end)) {
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
            return s == line_end;
        }
        if (!match_one(*re, s)) {
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
    for (; s <= line_end; s++) {
        if (match_here(re, s)) {
            return true;
        }
    }
    return false;
}

/* Match the line from `line` to its '\n' at `line_end`, and print it if it is
   selected. */
static void grep_line(const char *line, long number, const char *name)
{
    if (match(pattern, line) == option['v']) {
        return;
    }
    if (option['q']) {
        exit(0);
    }
    matched = true;
    found++;
    if (option['c'] || option['l']) {
        return;
    }
    if (show_names) {
        printf("%s:", name);
    }
    if (option['n']) {
        printf("%ld:", number);
    }
    // Not printf: the line may contain a NUL.
    write_all(1, line, (int)(line_end - line) + 1);
}

/* Match the last line of the buffer, which has no newline. */
static void grep_rest(size_t held, long number, const char *name)
{
    buffer[held] = '\n';
    line_end = buffer + held;
    grep_line(buffer, number, name);
}

/* Match each line of `fd`; -1 after an error. */
static int grep_lines(int fd, const char *name)
{
    size_t held = 0; // bytes in the buffer: the start of a line
    long number = 1;
    int n;

    while ((n = read(fd, buffer + held, LINE_MOST - (int)held)) > 0) {
        char *line = buffer;
        char *end;

        held += (size_t)n;
        while ((end = memchr(line, '\n', buffer + held - line)) != NULL) {
            line_end = end;
            grep_line(line, number++, name);
            line = end + 1;
        }
        held -= (size_t)(line - buffer);
        memmove(buffer, line, held);
        if (held == LINE_MOST) {
            grep_rest(held, number, name);
            held = 0;
        }
        if (output_failed()) {
            return -1;
        }
    }
    if (held > 0) {
        grep_rest(held, number, name);
    }
    return n;
}

/* Search one file, and print the summary that -c or -l asks for. */
static int grep(int fd, const char *name)
{
    name = strcmp(name, "-") == 0 ? "(standard input)" : name;
    found = 0;
    int n = grep_lines(fd, name);
    if (option['l'] && found > 0) {
        printf("%s\n", name);
    } else if (option['c'] && !option['l']) {
        printf("%s%s%ld\n", show_names ? name : "", show_names ? ":" : "",
               found);
    }
    return n;
}

int main(int argc, char **argv)
{
    int c;

    while ((c = getopt(argc, argv, "ce:hilnqv")) != -1) {
        option[c] = true;
        pattern = c == 'e' ? optarg : pattern;
    }
    if (pattern == NULL && optind < argc) {
        pattern = argv[optind++];
    }
    if (pattern == NULL || option['?']) {
        fprintf(2, "usage: grep [-chilnqv] PATTERN [FILE...]\n");
        return 2;
    }
    show_names = argc - optind > 1 && !option['h'];
    int error = each_input("grep", argv + optind, grep);
    return error != 0 || output_failed() ? 2 : !matched;
}
