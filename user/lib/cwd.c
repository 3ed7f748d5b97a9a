/*
 * The path of the current directory.
 *
 * No system call returns it: a process has a directory, not a path.  So getcwd
 * goes up: in each parent it finds the name of the directory below.
 */
#include <stdbool.h>
#include "kernel/stat.h"
#include "user/user.h"

/* Find the name of inode `ino` in a directory; false with `errno`. */
static bool find_name(const char *directory, uint32_t ino, char *name)
{
    struct dirent entry[16];
    int fd = open(directory, O_RDONLY);
    bool found = false;
    int n = 0;

    while (fd >= 0 && !found && (n = read(fd, entry, sizeof(entry))) > 0) {
        for (int i = 0; i < n / (int)sizeof(entry[0]); i++) {
            if (entry[i].inum == ino) {
                strcpy(name, entry[i].name);
                found = true;
            }
        }
    }
    int error = fd >= 0 && n == 0 ? ENOENT : errno;
    close(fd);
    errno = error;
    return found;
}

/* Put the path at the end of a buffer; returns where it begins, or NULL with
   `errno`.  For the root the path is empty. */
static char *path_build(char *buffer, size_t size)
{
    char up[MAXPATH + sizeof("/..")] = ".";
    char name[DIRSIZ];
    char *at = buffer + size - 1;
    struct stat root;
    struct stat here;

    *at = '\0';
    if (stat("/", &root) < 0 || stat(up, &here) < 0) {
        return NULL;
    }
    while (here.ino != root.ino) {
        uint32_t below = here.ino;

        strcpy(up + strlen(up), "/..");
        if (stat(up, &here) < 0 || !find_name(up, below, name)) {
            return NULL;
        }
        size_t length = strlen(name);
        if ((size_t)(at - buffer) < length + 1) {
            errno = ERANGE;
            return NULL;
        }
        at -= length;
        memcpy(at, name, length);
        *--at = '/';
    }
    return at;
}

/*
 * Put the path of the current directory into a buffer.  NULL with `errno`:
 * ENOENT if the directory was removed, ERANGE if the buffer is too small,
 * ENAMETOOLONG if it is more than 340 directories deep, or an error of open().
 * If a name is missing on the way, it was just changed: try again.
 */
char *getcwd(char *buffer, size_t size)
{
    char *path = NULL;
    struct stat st;

    if (size < sizeof("/")) {
        errno = ERANGE;
        return NULL;
    }
    do {
        path = path_build(buffer, size);
    } while (path == NULL && errno == ENOENT && stat(".", &st) == 0);
    if (path == NULL) {
        return NULL;
    }
    if (*path == '\0') {
        *--path = '/';
    }
    memmove(buffer, path, strlen(path) + 1);
    return buffer;
}
