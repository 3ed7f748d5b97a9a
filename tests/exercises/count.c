// count FILE...: lines, words and bytes of each, or of the standard input.
#include "kernel/types.h"
#include "kernel/stat.h"
#include "kernel/fcntl.h"
#include "user/user.h"

char block[512];

void count(int fd, char *name)
{
    int i, n;
    uint lines = 0, words = 0, bytes = 0;
    char inside = 0;

    while ((n = read(fd, block, sizeof block)) > 0) {
        for (i = 0; i < n; i++, bytes++) {
            if (block[i] == '\n')
                lines++;
            if (strchr(" \r\t\n\v", block[i]))
                inside = 0;
            else if (!inside)
                words++, inside = 1;
        }
    }
    if (n < 0) {
        fprintf(2, "count: read error\n");
        exit(1);
    }
    printf("%u %u %u %s\n", lines, words, bytes, name);
}

int main(int argc, char *argv[])
{
    int fd, i;

    if (argc < 2)
        count(0, "-");
    for (i = 1; i < argc; i++) {
        if ((fd = open(argv[i], O_RDONLY)) < 0) {
            fprintf(2, "count: cannot open %s\n", argv[i]);
            exit(1);
        }
        count(fd, argv[i]);
        close(fd);
    }
    exit(0);
}
