/*
 * Functions that are one or two system calls: a line of input, stat by name,
 * lazy growth, the list of processes.
 */
#include "user/user.h"

/*
 * Read a line of standard input, at most size-1 bytes, its end included, and
 * end it with NUL.  Empty at the end of the input.  One byte a call: what
 * follows the line is left for whoever reads next.
 */
char *gets(char *buffer, int size)
{
    int n = 0;

    while (n < size - 1) {
        char c;

        if (read(0, &c, 1) < 1) {
            break;
        }
        buffer[n++] = c;
        if (c == '\n' || c == '\r') {
            break;
        }
    }
    buffer[n] = '\0';
    return buffer;
}

/* What fstat() says of a file that is opened with these flags. */
static int stat_opened(const char *path, int flags, struct stat *st)
{
    int fd = open(path, flags);

    if (fd < 0) {
        return -1;
    }
    int result = fstat(fd, st);
    int error = errno;
    close(fd);
    errno = error;
    return result;
}

/* What fstat() says of the file that `path` names; 0, or -1 with `errno`. */
int stat(const char *path, struct stat *st)
{
    return stat_opened(path, O_RDONLY, st);
}

/* The same; of a link, not of what it leads to. */
int lstat(const char *path, struct stat *st)
{
    return stat_opened(path, O_RDONLY | O_NOFOLLOW, st);
}

/* sbrk(n) whose pages are charged only when touched. */
char *sbrklazy(intptr_t n)
{
    return sys_sbrk(n, SBRK_LAZY);
}

/* All processes, in a block that the caller frees; NULL with `errno`. */
struct procinfo *proclist_all(int *count)
{
    struct procinfo *list = NULL;
    int room = 16;

    // A full list may lack some: there may be more, and more may come.
    for (;;) {
        struct procinfo *larger = realloc(list, (size_t)room * sizeof(*list));

        if (larger == NULL) {
            free(list);
            return NULL;
        }
        list = larger;
        *count = proclist(list, room);
        if (*count < room) {
            break;
        }
        room *= 2;
    }
    if (*count < 0) {
        free(list);
        return NULL;
    }
    return list;
}
