/*
 * dd [if=FILE] [of=FILE] [bs=BYTES] [count=N]: copy blocks, and count bytes.
 * A block has BYTES bytes, 512 if not given; without N all are copied.
 */
#include <stdbool.h>
#include "user/user.h"

enum { BLOCK_MAX = 1 << 20 };

static struct {
    const char *from;
    const char *to;
    long size;
    long count; // -1: all
} options = {.size = 512, .count = -1};

/* The value of a word NAME=VALUE, or NULL when it is another name. */
static const char *value_of(const char *word, const char *name)
{
    size_t n = strlen(name);

    return strncmp(word, name, n) == 0 && word[n] == '=' ? word + n + 1 : NULL;
}

/* A number from 1 to `most`; false for anything else. */
static bool parse_number(const char *text, long most, long *out)
{
    char *end;

    *out = strtol(text, &end, 10);
    return *end == '\0' && *out > 0 && *out <= most;
}

/* Take a word of the command line; false if it makes no sense. */
static bool parse_word(const char *word)
{
    const char *value;

    if ((value = value_of(word, "if")) != NULL) {
        options.from = value;
    } else if ((value = value_of(word, "of")) != NULL) {
        options.to = value;
    } else if ((value = value_of(word, "bs")) != NULL) {
        return parse_number(value, BLOCK_MAX, &options.size);
    } else if ((value = value_of(word, "count")) != NULL) {
        return parse_number(value, INT32_MAX, &options.count);
    } else {
        return false;
    }
    return true;
}

/* Open a file, or take a descriptor when there is no name; -1 after saying
   why not. */
static int open_or(const char *name, int flags, int otherwise)
{
    int fd = name == NULL ? otherwise : open(name, flags);

    if (fd < 0) {
        fprintf(2, "dd: %s: %s\n", name, strerror(errno));
    }
    return fd;
}

int main(int argc, char **argv)
{
    long bytes = 0;
    int n = 0;

    for (int i = 1; i < argc; i++) {
        if (!parse_word(argv[i])) {
            fprintf(2, "usage: dd [if=FILE] [of=FILE] [bs=BYTES] [count=N]\n");
            return 2;
        }
    }
    int in = open_or(options.from, O_RDONLY, 0);
    int out = open_or(options.to, O_WRONLY | O_CREATE | O_TRUNC, 1);
    char *block = malloc((size_t)options.size);
    if (in < 0 || out < 0 || block == NULL) {
        return 1;
    }
    for (long i = 0; i != options.count; i++) {
        n = read(in, block, (int)options.size);
        if (n <= 0) {
            break;
        }
        int done = write(out, block, n);
        bytes += done > 0 ? done : 0;
        if (done != n) {
            n = -1;
            break;
        }
    }
    if (n < 0) {
        perror("dd");
    }
    fprintf(2, "%ld bytes\n", bytes);
    return n < 0;
}
