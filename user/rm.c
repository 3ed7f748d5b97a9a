/*
 * rm [-Rfr] NAME...: remove files; -r or -R: also directories and all in them.
 *
 * -f ignores names that do not exist.
 */
#include "user/tool.h"

/* Whether the name is a directory, and not a link to one. */
static bool is_directory(const char *path)
{
    struct stat st;
    char target;

    return readlink(path, &target, 1) < 0 && stat(path, &st) == 0 &&
           st.type == T_DIR;
}

/* In the walk: remove a file, or ask to enter a directory. */
static bool remove_file(const char *name)
{
    if (is_directory(name)) {
        return true;
    }
    if (unlink(name) < 0) {
        walk_complain(name);
    }
    return false;
}

/* In the walk: remove a directory after its contents. */
static void remove_directory(const char *name)
{
    if (rmdir(name) < 0) {
        walk_complain(name);
    }
}

/* Whether a path must not be removed: it is "/", or ends in "." or "..". */
static bool is_refused(const char *path)
{
    int length;
    const char *name = path_last(path, &length);

    return (length == 0 && *path != '\0') || (length == 1 && name[0] == '.') ||
           (length == 2 && name[0] == '.' && name[1] == '.');
}

/* Remove one operand; returns the exit status. */
static int rm(const char *path, bool directories, bool force)
{
    static const struct walk walk = {
        .program = "rm", .down = remove_file, .leave = remove_directory};
    bool directory = is_directory(path);

    if (is_refused(path)) {
        fprintf(2, "rm: %s: refused\n", path);
        return 1;
    }
    if (directory && !directories) {
        errno = EISDIR;
        return complain("rm", path);
    }
    int status = directory ? walk_directory(path, &walk) : 0;
    // After a failure the directory is not empty, and that was already
    // reported.
    if (status == 0 && (directory ? rmdir : unlink)(path) < 0 &&
        !(force && errno == ENOENT)) {
        status = complain("rm", path);
    }
    return status;
}

int main(int argc, char **argv)
{
    bool directories = false;
    bool force = false;
    int status = 0;
    int c;

    while ((c = getopt(argc, argv, "Rfr")) != -1 && c != '?') {
        directories |= c != 'f';
        force |= c == 'f';
    }
    if (c == '?' || (optind == argc && !force)) {
        fprintf(2, "usage: rm [-Rfr] NAME...\n");
        return 2;
    }
    for (int i = optind; i < argc; i++) {
        status |= rm(argv[i], directories, force);
    }
    return status;
}
