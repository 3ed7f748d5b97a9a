/*
 * cp FROM TO: copy a file; TO may be a folder.
 */
#include "kernel/stat.h"
#include "user/user.h"

static char buffer[65536];

/* Say what went wrong with a file; the exit status. */
static int fail(const char *path)
{
    fprintf(2, "cp: %s: %s\n", path, strerror(errno));
    return 1;
}

/* Where to copy to: TO itself, or a file in it. */
static const char *target(const char *from, const char *to)
{
    static char path[MAXPATH];
    const char *slash = strrchr(from, '/');
    struct stat st;

    if (stat(to, &st) < 0 || st.type != T_DIR) {
        return to;
    }
    snprintf(path, sizeof(path), "%s/%s", to, slash == NULL ? from : slash + 1);
    return path;
}

/* Copy one open file to another. */
static int copy(int in, const char *from, int out, const char *to)
{
    int n;

    while ((n = read(in, buffer, sizeof(buffer))) > 0) {
        errno = ENOSPC; // what a short write means
        if (write(out, buffer, n) != n) {
            return fail(to);
        }
    }
    return n < 0 ? fail(from) : 0;
}

int main(int argc, char **argv)
{
    struct stat a;
    struct stat b;

    if (argc != 3) {
        fprintf(2, "usage: cp FROM TO\n");
        return 2;
    }
    int in = open(argv[1], O_RDONLY);
    if (in < 0 || fstat(in, &a) < 0) {
        return fail(argv[1]);
    }
    if (a.type == T_DIR) {
        errno = EISDIR;
        return fail(argv[1]);
    }
    const char *to = target(argv[1], argv[2]);
    if (stat(to, &b) == 0 && b.ino == a.ino && b.type == T_FILE) {
        fprintf(2, "cp: %s and %s are the same file\n", argv[1], to);
        return 1;
    }
    int out = open(to, O_WRONLY | O_CREATE | O_TRUNC);
    if (out < 0) {
        return fail(to);
    }
    return copy(in, argv[1], out, to);
}
