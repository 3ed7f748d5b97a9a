/*
 * hexdump [FILE...]: print bytes in hexadecimal and as characters, 16 a line.
 */
#include "user/tool.h"

enum { ROW = 16, BUFFER = 256 * ROW };

/* Print one row; the last may be short.  false if the output failed. */
static bool hexdump_row(unsigned long at, const unsigned char *bytes, int n)
{
    char line[16 + ROW * 4 + 8];
    int used = snprintf(line, sizeof(line), "%08lx ", at);

    for (int i = 0; i < ROW; i++) {
        used += snprintf(line + used, sizeof(line) - (size_t)used,
                         i < n ? " %02x" : "   ", bytes[i]);
    }
    line[used++] = ' ';
    line[used++] = ' ';
    for (int i = 0; i < n; i++) {
        bool shown = bytes[i] >= ' ' && bytes[i] <= '~';

        line[used++] = shown ? (char)bytes[i] : '.';
    }
    line[used] = '\0';
    return puts(line) >= 0;
}

/* Print all of a file; -1 after an error. */
static int hexdump(int fd, const char *name)
{
    unsigned char bytes[BUFFER];
    unsigned long at = 0;
    int have = 0;
    int n;

    // An incomplete row waits for the next read.
    while ((n = read(fd, bytes + have, BUFFER - have)) > 0) {
        int from = 0;

        for (have += n; have - from >= ROW; from += ROW, at += ROW) {
            if (!hexdump_row(at, bytes + from, ROW)) {
                return -1;
            }
        }
        have -= from;
        memmove(bytes, bytes + from, (size_t)have);
    }
    if (have > 0) {
        hexdump_row(at, bytes, have);
    }
    return n;
}

int main(int argc, char **argv)
{
    if (getopt(argc, argv, "") != -1) {
        fprintf(2, "usage: hexdump [FILE...]\n");
        return 2;
    }
    return each_input("hexdump", argv + optind, hexdump);
}
