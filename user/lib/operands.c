/*
 * Code that the tools share: operands that are input files, or files and their
 * destination; and error messages.
 */
#include "user/tool.h"

/* Print "PROGRAM: WHAT: text of errno"; returns 1, for the exit status. */
int complain(const char *program, const char *what)
{
    fprintf(2, "%s: %s: %s\n", program, what, strerror(errno));
    return 1;
}

/* Call work(fd, name) for one input file; "-" is standard input. */
static int one_input(const char *program, const char *name,
                     int (*work)(int fd, const char *name))
{
    bool is_standard = strcmp(name, "-") == 0;
    int fd = is_standard ? 0 : open(name, O_RDONLY);
    int status = 0;

    if (fd < 0 || (work(fd, name) < 0 && !output_failed())) {
        status = complain(program, is_standard ? "standard input" : name);
    }
    if (fd > 0) {
        close(fd);
    }
    return status;
}

/* Call work(fd, name) for each input file, or for "-" if there is none.  work
   returns -1 with `errno` if it could not read.  Returns the exit status. */
int each_input(const char *program, char *const *names,
               int (*work)(int fd, const char *name))
{
    int status = 0;

    if (*names == NULL) {
        return one_input(program, "-", work);
    }
    for (; *names != NULL && !output_failed(); names++) {
        status |= one_input(program, *names, work);
    }
    return status;
}

/* The last name of a path; *length excludes trailing slashes, and is 0 for
   "/". */
const char *path_last(const char *path, int *length)
{
    const char *end = path + strlen(path);

    while (end > path && end[-1] == '/') {
        end--;
    }
    const char *name = end;
    while (name > path && name[-1] != '/') {
        name--;
    }
    *length = (int)(end - name);
    return name;
}

static bool is_directory(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && st.type == T_DIR;
}

/* Build in `to` the path of `from` after it is put into a directory; 0, or -1
   with `errno`. */
static int path_into(char to[MAXPATH], const char *directory, const char *from)
{
    int length;
    const char *name = path_last(from, &length);
    const char *slash = directory[strlen(directory) - 1] == '/' ? "" : "/";
    int n = snprintf(to, MAXPATH, "%s%s%.*s", directory, slash, length, name);

    errno = ENAMETOOLONG;
    return n < MAXPATH ? 0 : -1;
}

/* FROM TO, or FROM... DIRECTORY: call work(from, to) for each; returns the exit
   status. */
int each_target(const char *program, int count, char *const *names,
                int (*work)(const char *from, const char *to))
{
    const char *last = names[count - 1];
    char path[MAXPATH];
    int status = 0;

    if (count == 2 && !is_directory(last)) {
        return work(names[0], last);
    }
    if (!is_directory(last)) {
        errno = ENOTDIR;
        return complain(program, last);
    }
    for (int i = 0; i < count - 1; i++) {
        status |= path_into(path, last, names[i]) < 0
                      ? complain(program, names[i])
                      : work(names[i], path);
    }
    return status;
}
