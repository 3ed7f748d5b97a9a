/*
 * hexdump [FILE]: print bytes in hexadecimal and as characters, 16 a line.
 */
#include <stdbool.h>
#include "user/user.h"

enum { ROW = 16 };

/* Print one row; the last may be short. */
static void hexdump_row(unsigned long at, const unsigned char *bytes, int n)
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
    puts(line);
}

/* Fill a row as far as the input reaches; the number of bytes, or -1. */
static int read_row(int fd, unsigned char *bytes)
{
    int n = 0;

    while (n < ROW) {
        int moved = read(fd, bytes + n, ROW - n);

        if (moved < 0) {
            return -1;
        }
        if (moved == 0) {
            break;
        }
        n += moved;
    }
    return n;
}

int main(int argc, char **argv)
{
    unsigned char bytes[ROW] = {0};
    unsigned long at = 0;
    int fd = argc > 1 ? open(argv[1], O_RDONLY) : 0;
    int n = 0;

    while (fd >= 0 && (n = read_row(fd, bytes)) > 0) {
        hexdump_row(at, bytes, n);
        at += (unsigned long)n;
    }
    if (fd < 0 || n < 0) {
        perror("hexdump");
        return 1;
    }
    return 0;
}
