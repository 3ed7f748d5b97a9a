/*
 * wc [-clmw] [FILE...]: count lines, words and bytes.
 *
 * -l, -w and -c choose among them; a character (-m) is a byte.
 */
#include "user/tool.h"

struct counts {
    unsigned long lines;
    unsigned long words;
    unsigned long bytes;
};

static char buffer[16 * 1024];
static struct counts total;
static bool show_lines;
static bool show_words;
static bool show_bytes;
static bool show_names;

/* Print a line of counts: those that were chosen, then the name. */
static void print_counts(const struct counts *counts, const char *name)
{
    const char *gap = "";
    char line[3 * 24] = "";
    int n = 0;

    if (show_lines) {
        n += snprintf(line + n, 24, "%s%lu", gap, counts->lines);
        gap = " ";
    }
    if (show_words) {
        n += snprintf(line + n, 24, "%s%lu", gap, counts->words);
        gap = " ";
    }
    if (show_bytes) {
        snprintf(line + n, 24, "%s%lu", gap, counts->bytes);
    }
    printf(show_names ? "%s %s\n" : "%s\n", line, name);
}

/* Count `fd` to its end and print the line; -1 after an error. */
static int wc(int fd, const char *name)
{
    struct counts counts = {0};
    bool in_word = false;
    int n;

    while ((n = read(fd, buffer, sizeof(buffer))) > 0) {
        for (int i = 0; i < n; i++) {
            char c = buffer[i];
            bool blank = c == ' ' || (c >= '\t' && c <= '\r');

            counts.lines += c == '\n';
            counts.words += !blank && !in_word;
            in_word = !blank;
        }
        counts.bytes += (unsigned long)n;
    }
    if (n == 0) {
        print_counts(&counts, name);
    }
    total.lines += counts.lines;
    total.words += counts.words;
    total.bytes += counts.bytes;
    return n;
}

int main(int argc, char **argv)
{
    int c;

    while ((c = getopt(argc, argv, "clmw")) != -1) {
        show_lines |= c == 'l';
        show_words |= c == 'w';
        show_bytes |= c == 'c' || c == 'm';
        if (c == '?') {
            fprintf(2, "usage: wc [-clmw] [FILE...]\n");
            return 2;
        }
    }
    if (!show_lines && !show_words && !show_bytes) {
        show_lines = show_words = show_bytes = true;
    }
    show_names = optind < argc;
    int status = each_input("wc", argv + optind, wc);
    if (argc - optind > 1) {
        print_counts(&total, "total");
    }
    return status;
}
