/*
 * cp FROM... TO: copy files; TO may be a directory.
 */
#include "user/tool.h"

static char buffer[64 * 1024];

/* Copy one open file to another; returns the exit status. */
static int copy(int in, const char *from, int out, const char *to)
{
    int n;

    while ((n = read(in, buffer, sizeof(buffer))) > 0) {
        if (write_all(out, buffer, n) < 0) {
            return complain("cp", to);
        }
    }
    return n < 0 ? complain("cp", from) : 0;
}

/* Whether `path` leads to the file `st`. */
static bool is_same(const struct stat *st, const char *path)
{
    struct stat other;

    return stat(path, &other) == 0 && other.ino == st->ino &&
           st->type == T_FILE;
}

/* Copy an open file to a path; returns the exit status. */
static int copy_to(int in, const char *from, const char *to)
{
    struct stat st;

    if (fstat(in, &st) < 0) {
        return complain("cp", from);
    }
    if (st.type == T_DIR) {
        errno = EISDIR;
        return complain("cp", from);
    }
    if (is_same(&st, to)) {
        fprintf(2, "cp: %s and %s are the same file\n", from, to);
        return 1;
    }
    int out = open(to, O_WRONLY | O_CREATE | O_TRUNC);
    if (out < 0) {
        return complain("cp", to);
    }
    int status = copy(in, from, out, to);
    close(out);
    return status;
}

/* Copy one file; returns the exit status. */
static int cp(const char *from, const char *to)
{
    int in = open(from, O_RDONLY);

    if (in < 0) {
        return complain("cp", from);
    }
    int status = copy_to(in, from, to);
    close(in);
    return status;
}

int main(int argc, char **argv)
{
    if (getopt(argc, argv, "") != -1 || argc - optind < 2) {
        fprintf(2, "usage: cp FROM... TO\n");
        return 2;
    }
    return each_target("cp", argc - optind, argv + optind, cp);
}
