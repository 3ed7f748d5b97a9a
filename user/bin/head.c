/*
 * head [-n LINES] [FILE...]: print the first lines, 10 if -n is not given.
 */
#include "user/tool.h"

static char buffer[4096];
static long wanted = 10;
static bool titles; // print the name above each file's lines
static bool begun;

/* The length of the first `*lines` lines of n bytes; subtracts them from
   *lines. */
static int head_length(int n, long *lines)
{
    int i = 0;

    while (i<n && * lines> 0) {
        if (buffer[i++] == '\n') {
            --*lines;
        }
    }
    return i;
}

/* Print the first lines of `fd`; -1 after an error. */
static int head(int fd, const char *name)
{
    long lines = wanted;
    int n = 0;

    if (titles) {
        printf("%s==> %s <==\n", begun ? "\n" : "", name);
    }
    begun = true;
    while (lines > 0 && (n = read(fd, buffer, sizeof(buffer))) > 0) {
        int part = head_length(n, &lines);

        // Leave the rest to the next reader, if this is a file.
        lseek(fd, part - n, SEEK_CUR);
        if (write_all(1, buffer, part) < 0) {
            return -1;
        }
    }
    return n;
}

/* Parse a number of lines; false if it is none. */
static bool parse_lines(const char *text)
{
    char *end;

    wanted = strtol(text, &end, 10);
    return end != text && *end == '\0' && wanted > 0;
}

int main(int argc, char **argv)
{
    bool ok = true;
    int c;

    // "-20" is an older form of "-n 20".
    if (argc > 1 && argv[1][0] == '-' && parse_lines(argv[1] + 1)) {
        optind = 2;
    }
    while ((c = getopt(argc, argv, "n:")) != -1) {
        ok = ok && c == 'n' && parse_lines(optarg);
    }
    if (!ok) {
        fprintf(2, "usage: head [-n LINES] [FILE...]\n");
        return 2;
    }
    titles = argc - optind > 1;
    return each_input("head", argv + optind, head);
}
