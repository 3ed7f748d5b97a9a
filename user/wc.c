/*
 * wc [FILE...]: count lines, words and bytes.
 */
#include <stdbool.h>
#include "user/user.h"

static char buffer[16 * 1024];

/* Count `fd` to its end and print the line; 0, or 1 after an error. */
static int wc(int fd, const char *name)
{
    unsigned long lines = 0;
    unsigned long words = 0;
    unsigned long bytes = 0;
    bool in_word = false;
    int n;

    while ((n = read(fd, buffer, sizeof(buffer))) > 0) {
        for (int i = 0; i < n; i++) {
            char c = buffer[i];
            bool blank = c == ' ' || (c >= '\t' && c <= '\r');

            lines += c == '\n';
            words += !blank && !in_word;
            in_word = !blank;
        }
        bytes += (unsigned long)n;
    }
    if (n < 0) {
        fprintf(2, "wc: %s: %s\n", name, strerror(errno));
        return 1;
    }
    printf("%lu %lu %lu %s\n", lines, words, bytes, name);
    return 0;
}

int main(int argc, char **argv)
{
    int status = 0;

    if (argc == 1) {
        return wc(0, "");
    }
    for (int i = 1; i < argc; i++) {
        int fd = open(argv[i], O_RDONLY);

        if (fd < 0) {
            fprintf(2, "wc: %s: %s\n", argv[i], strerror(errno));
            status = 1;
            continue;
        }
        status |= wc(fd, argv[i]);
        close(fd);
    }
    return status;
}
