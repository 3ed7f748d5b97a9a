/*
 * dd [if=FILE] [of=FILE] [bs=BYTES] [count=N] [skip=N] [seek=N]: copy blocks.
 *
 * A block has BYTES bytes, 512 by default; the suffix k means 1024 and b means
 * 512. A block is read whole, however little a pipe delivers at a time: only
 * the last block can be short.  Without count all blocks are copied.  skip
 * omits blocks of the input.  seek keeps blocks at the start of the output;
 * everything after them is replaced by the copy.
 */
#include "user/tool.h"

enum { BLOCK_MAX = 1 << 20 };

static const char *from;
static const char *to;
static long size = 512;
static long count = -1; // -1: all
static long skip;
static long seek;

/* If the word is NAME=VALUE, its value; NULL for another name. */
static const char *value_of(const char *word, const char *name)
{
    size_t n = strlen(name);

    return strncmp(word, name, n) == 0 && word[n] == '=' ? word + n + 1 : NULL;
}

/* A number from `least` to `most`; false for anything else. */
static bool parse_number(const char *text, long least, long most, long *out)
{
    char *end;

    *out = strtol(text, &end, 10);
    if (end == text || *out > most) {
        return false;
    }
    if (*end == 'k' || *end == 'b') {
        *out *= *end++ == 'k' ? 1024 : 512;
    }
    return *end == '\0' && *out >= least && *out <= most;
}

/* Parse a word of the command line; false if it is invalid. */
static bool parse_word(const char *word)
{
    const char *value;

    if ((value = value_of(word, "if")) != NULL) {
        from = value;
    } else if ((value = value_of(word, "of")) != NULL) {
        to = value;
    } else if ((value = value_of(word, "bs")) != NULL) {
        return parse_number(value, 1, BLOCK_MAX, &size);
    } else if ((value = value_of(word, "count")) != NULL) {
        return parse_number(value, 0, INT32_MAX, &count);
    } else if ((value = value_of(word, "skip")) != NULL) {
        return parse_number(value, 0, INT32_MAX, &skip);
    } else if ((value = value_of(word, "seek")) != NULL) {
        return parse_number(value, 0, INT32_MAX, &seek);
    } else {
        return false;
    }
    return true;
}

/* Read a block; returns its size, which is short only at the end, or -1. */
static int read_block(int fd, char *block)
{
    int done = 0;

    while (done < size) {
        int n = read(fd, block + done, (int)size - done);

        if (n <= 0) {
            return n < 0 ? n : done;
        }
        done += n;
    }
    return done;
}

/* Skip the first blocks of the input by reading them: it may be a pipe. */
static int skip_blocks(int fd, char *block)
{
    int n = (int)size;

    for (long i = 0; i < skip && n == (int)size; i++) {
        n = read_block(fd, block);
    }
    return n < 0 ? complain("dd", from == NULL ? "standard input" : from) : 0;
}

/* Copy the blocks and print how many; returns the exit status. */
static int copy_blocks(int in, int out, char *block)
{
    long whole = 0;
    long part = 0;
    int status = 0;

    for (long i = 0; i != count; i++) {
        int n = read_block(in, block);

        if (n < 0) {
            status = complain("dd", from == NULL ? "standard input" : from);
        }
        if (n <= 0) {
            break;
        }
        if (write_all(out, block, n) < 0) {
            status = to == NULL ? 1 : complain("dd", to);
            break;
        }
        whole += n == size;
        part += n < size;
    }
    fprintf(2, "%ld+%ld records in\n%ld+%ld records out\n", whole, part, whole,
            part);
    return status;
}

/* Open the output and seek to where the copy begins; -1 with `errno`. */
static int open_output(void)
{
    int fd = to == NULL ? 1 : open(to, O_WRONLY | O_CREATE);
    struct stat st;

    if (fd < 0 || fstat(fd, &st) < 0) {
        return -1;
    }
    if (to != NULL && st.type == T_FILE && ftruncate(fd, seek * size) < 0) {
        return -1;
    }
    return seek > 0 && lseek(fd, seek * size, SEEK_SET) < 0 ? -1 : fd;
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (!parse_word(argv[i])) {
            fprintf(2, "usage: dd [if=FILE] [of=FILE] [bs=BYTES] [count=N] "
                       "[skip=N] [seek=N]\n");
            return 2;
        }
    }
    char *block = malloc((size_t)size);
    int in = from == NULL ? 0 : open(from, O_RDONLY);
    if (block == NULL || in < 0) {
        return complain("dd", in < 0 ? from : "buffer");
    }
    int out = open_output();
    if (out < 0) {
        return complain("dd", to == NULL ? "standard output" : to);
    }
    return skip_blocks(in, block) != 0 || copy_blocks(in, out, block) != 0;
}
