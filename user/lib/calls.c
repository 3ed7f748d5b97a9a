/*
 * Functions that are one or two system calls: a line of input, stat by name,
 * lazy growth, the list of processes.
 */
#include "user/user.h"
#include "api/counters.h"

/*
 * Read a line of standard input, including its newline, into `size` bytes, and
 * terminate it with a NUL.  An empty string means end of input.  This reads one
 * byte per call, because the next reader may need what follows the line.
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

/* Open a file with these flags and call fstat(). */
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

/* fstat() of the file that `path` names; 0, or -1 with `errno`. */
int stat(const char *path, struct stat *st)
{
    return stat_opened(path, O_RDONLY, st);
}

/* Like stat(), but of a symbolic link itself. */
int lstat(const char *path, struct stat *st)
{
    return stat_opened(path, O_RDONLY | O_NOFOLLOW, st);
}

/* sbrk(n), but the pages are charged only when touched. */
char *sbrklazy(intptr_t n)
{
    return sys_sbrk(n, SBRK_LAZY);
}

/* All processes, in a block that the caller must free; NULL with `errno`. */
struct procinfo *proclist_all(int *count)
{
    struct procinfo *list = NULL;
    int room = 16;

    // If the list is full, there may be more processes: try a longer list.
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
