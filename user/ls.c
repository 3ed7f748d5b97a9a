/*
 * ls [NAME...]: list files and the contents of directories.
 *
 * Each line: kind (d directory, - file, c device, l link), inode number, bytes,
 * name.
 */
#include <stdbool.h>
#include "kernel/stat.h"
#include "user/user.h"

/* Print the line of one file. */
static void ls_line(const struct stat *st, const char *name)
{
    static const char kinds[] = "?d-clp";
    bool known = st->type > 0 && st->type < (short)sizeof(kinds) - 1;

    printf("%c %6u %10lu  %s\n", kinds[known ? st->type : 0], st->ino, st->size,
           name);
}

/* Say why `path` could not be listed; the exit status for that. */
static int ls_fail(const char *path)
{
    fprintf(2, "ls: %s: %s\n", path, strerror(errno));
    return 1;
}

/* List an open directory; 0, or 1 if an entry could not be shown. */
static int ls_directory(int fd, const char *path)
{
    struct dirent entry;
    int status = 0;
    int n;

    while ((n = read(fd, &entry, sizeof(entry))) == (int)sizeof(entry)) {
        char full[MAXPATH];
        struct stat st;

        snprintf(full, sizeof(full), "%s/%s", path, entry.name);
        if (stat(full, &st) < 0) {
            status = ls_fail(full);
        } else {
            ls_line(&st, entry.name);
        }
    }
    return n < 0 ? ls_fail(path) : status;
}

/* List what `path` names; 0, or 1 after an error, which is printed. */
static int ls(const char *path)
{
    struct stat st;
    int fd = open(path, O_RDONLY);
    int status = 0;

    if (fd < 0) {
        return ls_fail(path);
    }
    if (fstat(fd, &st) < 0) {
        status = ls_fail(path);
    } else if (st.type == T_DIR) {
        status = ls_directory(fd, path);
    } else {
        ls_line(&st, path);
    }
    close(fd);
    return status;
}

int main(int argc, char **argv)
{
    int status = 0;

    if (argc == 1) {
        return ls(".");
    }
    for (int i = 1; i < argc; i++) {
        status |= ls(argv[i]);
    }
    return status;
}
