/*
 * wc [-clmw] [FILE...]: count lines, words and bytes.
 *
 * -l, -w, and -c select what to print; a character (-m) is a byte.
 */
#include "user/tool.h"

enum { LINES, WORDS, BYTES, KINDS };

static char buffer[16 * 1024];
static unsigned long total[KINDS];
static bool shown[KINDS];
static bool show_names;

/* Print a line with the selected counts and the name. */
static void print_counts(const unsigned long counts[KINDS], const char *name)
{
    char line[KINDS * 24] = "";
    size_t n = 0;

    for (int i = 0; i < KINDS; i++) {
        if (shown[i]) {
            n += (size_t)snprintf(line + n, sizeof(line) - n, "%s%lu",
                                  n > 0 ? " " : "", counts[i]);
        }
    }
    printf("%s%s%s\n", line, show_names ? " " : "", show_names ? name : "");
}

/* Count all of `fd` and print the line; -1 after an error. */
static int wc(int fd, const char *name)
{
    unsigned long counts[KINDS] = {0};
    bool in_word = false;
    int n;

    while ((n = read(fd, buffer, sizeof(buffer))) > 0) {
        for (int i = 0; i < n; i++) {
            char c = buffer[i];
            bool blank = c == ' ' || (c >= '\t' && c <= '\r');

            counts[LINES] += c == '\n';
            counts[WORDS] += !blank && !in_word;
            in_word = !blank;
        }
        counts[BYTES] += (unsigned long)n;
    }
    if (n == 0) {
        print_counts(counts, name);
    }
    for (int i = 0; i < KINDS; i++) {
        total[i] += counts[i];
    }
    return n;
}

int main(int argc, char **argv)
{
    int c;

    while ((c = getopt(argc, argv, "clmw")) != -1) {
        shown[LINES] |= c == 'l';
        shown[WORDS] |= c == 'w';
        shown[BYTES] |= c == 'c' || c == 'm';
        if (c == '?') {
            fprintf(2, "usage: wc [-clmw] [FILE...]\n");
            return 2;
        }
    }
    if (!shown[LINES] && !shown[WORDS] && !shown[BYTES]) {
        shown[LINES] = shown[WORDS] = shown[BYTES] = true;
    }
    show_names = optind < argc;
    int status = each_input("wc", argv + optind, wc);
    if (argc - optind > 1) {
        print_counts(total, "total");
    }
    return status;
}
