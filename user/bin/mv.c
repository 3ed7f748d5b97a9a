/*
 * mv OLD NEW | NAME... FOLDER: rename files, or move them into a folder.
 */
#include <stdbool.h>
#include "kernel/stat.h"
#include "user/user.h"

static bool is_folder(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && st.type == T_DIR;
}

/* Rename one file; the exit status. */
static int move(const char *from, const char *to)
{
    if (rename(from, to) < 0) {
        fprintf(2, "mv: %s to %s: %s\n", from, to, strerror(errno));
        return 1;
    }
    return 0;
}

/* Move one file into a folder, under its own name. */
static int move_into(const char *from, const char *folder)
{
    const char *slash = strrchr(from, '/');
    char to[MAXPATH];
    int n = snprintf(to, sizeof(to), "%s/%s", folder,
                     slash == NULL ? from : slash + 1);

    if (n >= (int)sizeof(to)) {
        fprintf(2, "mv: %s: %s\n", from, strerror(ENAMETOOLONG));
        return 1;
    }
    return move(from, to);
}

int main(int argc, char **argv)
{
    const char *last = argv[argc - 1];
    int status = 0;

    if (argc < 3 || (argc > 3 && !is_folder(last))) {
        fprintf(2, "usage: mv OLD NEW | mv NAME... FOLDER\n");
        return 2;
    }
    if (!is_folder(last)) {
        return move(argv[1], last);
    }
    for (int i = 1; i < argc - 1; i++) {
        status |= move_into(argv[i], last);
    }
    return status;
}
