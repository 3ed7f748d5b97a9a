/*
 * rm [-r] NAME...: remove files and empty folders; -r: and all in the folders.
 */
#include <stdbool.h>
#include "kernel/stat.h"
#include "user/user.h"

static int status;

/* Say what went wrong, and go on. */
static void complain(const char *path)
{
    fprintf(2, "rm: %s: %s\n", path, strerror(errno));
    status = 1;
}

static void remove_one(const char *path, bool all);

/* Remove what a folder holds.  A name that stays would be met again and again,
   so the first failure is the last. */
static void remove_inside(int fd, const char *path)
{
    struct dirent entry;
    char below[MAXPATH];

    while (status == 0 && read(fd, &entry, sizeof(entry)) > 0) {
        if (strcmp(entry.name, ".") == 0 || strcmp(entry.name, "..") == 0) {
            continue;
        }
        if (snprintf(below, sizeof(below), "%s/%s", path, entry.name) >=
            (int)sizeof(below)) {
            errno = ENAMETOOLONG;
            complain(path);
            return;
        }
        remove_one(below, true);
    }
}

static void remove_one(const char *path, bool all)
{
    struct stat st;
    char target;
    bool is_link = readlink(path, &target, 1) >= 0;
    int fd = all && !is_link ? open(path, O_RDONLY) : -1;

    if (fd >= 0) {
        if (fstat(fd, &st) == 0 && st.type == T_DIR) {
            remove_inside(fd, path);
        }
        close(fd);
    }
    if (status == 0 && unlink(path) < 0) {
        complain(path);
    }
}

int main(int argc, char **argv)
{
    bool all = argc > 1 && strcmp(argv[1], "-r") == 0;
    int result = 0;

    if (argc < (all ? 3 : 2)) {
        fprintf(2, "usage: rm [-r] NAME...\n");
        return 2;
    }
    for (int i = all ? 2 : 1; i < argc; i++) {
        status = 0;
        remove_one(argv[i], all);
        result |= status;
    }
    return result;
}
