// copy FROM TO: copy a file, read both again and compare.
#include "kernel/types.h"
#include "kernel/stat.h"
#include "kernel/fcntl.h"
#include "kernel/fs.h"
#include "user/user.h"

char one[BSIZE], two[BSIZE];

int start(char *path, int mode)
{
    int fd = open(path, mode);

    if (fd < 0) {
        fprintf(2, "copy: cannot open %s\n", path);
        exit(1);
    }
    return fd;
}

int main(int argc, char *argv[])
{
    int in, out, n;
    struct stat a, b;

    if (argc != 3) {
        fprintf(2, "Usage: copy from to\n");
        exit(1);
    }
    in = start(argv[1], O_RDONLY);
    out = start(argv[2], O_CREATE | O_WRONLY | O_TRUNC);
    while ((n = read(in, one, sizeof(one))) > 0)
        if (write(out, one, n) != n) {
            fprintf(2, "copy: write failed\n");
            exit(1);
        }
    close(in);
    close(out);
    in = start(argv[1], O_RDONLY);
    out = start(argv[2], O_RDWR);
    while ((n = read(in, one, sizeof(one))) > 0)
        if (read(out, two, n) != n || memcmp(one, two, n) != 0) {
            fprintf(2, "copy: they differ\n");
            exit(1);
        }
    if (fstat(in, &a) < 0 || fstat(out, &b) < 0 || a.size != b.size ||
        a.ino == b.ino || a.dev != b.dev || b.type != T_FILE || b.nlink != 1) {
        fprintf(2, "copy: the files are not alike\n");
        exit(1);
    }
    printf("%ld bytes from inode %d to inode %d\n", b.size, a.ino, b.ino);
    exit(0);
}
