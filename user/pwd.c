/*
 * pwd [-LP]: print the path of the current directory, without links.
 */
#include "kernel/fs.h"
#include "user/user.h"

/* The inode number of the current directory. */
static uint32_t current_ino(void)
{
    struct stat st;

    return stat(".", &st) == 0 ? st.ino : 0;
}

/* Find the entry of the current directory with a given inode number; -1 with
   `errno` if there is none. */
static int find_entry(uint32_t ino, struct dirent *entry)
{
    int fd = open(".", O_RDONLY);
    int n = fd;

    errno = fd < 0 ? errno : ENOENT;
    while (n >= 0 && (n = read(fd, entry, sizeof(*entry))) > 0) {
        if (entry->inum == ino && strcmp(entry->name, ".") != 0 &&
            strcmp(entry->name, "..") != 0) {
            close(fd);
            return 0;
        }
    }
    close(fd);
    return -1;
}

/* Put "/NAME" before a path, of which `*length` bytes exist. */
static char *prepend(const char *name, char *path, size_t *length)
{
    size_t n = strlen(name) + 1;
    char *longer = malloc(n + *length + 1);

    if (longer != NULL) {
        longer[0] = '/';
        memcpy(longer + 1, name, n - 1);
        memcpy(longer + n, path, *length + 1);
        *length += n;
    }
    free(path);
    return longer;
}

/* The path of the current directory, going up to "/": each directory is found
   in its parent by its inode number.  NULL with `errno`. */
static char *current_path(void)
{
    char *path = calloc(1, 1);
    size_t length = 0;
    struct dirent entry;
    uint32_t ino;

    while (path != NULL && (ino = current_ino()) != ROOTINO) {
        if (ino == 0 || chdir("..") < 0 || find_entry(ino, &entry) < 0) {
            free(path);
            return NULL;
        }
        path = prepend(entry.name, path, &length);
    }
    return path;
}

int main(int argc, char **argv)
{
    int c;

    while ((c = getopt(argc, argv, "LP")) != -1 && c != '?') {}
    if (c == '?' || optind < argc) {
        fprintf(2, "usage: pwd [-LP]\n");
        return 2;
    }
    char *path = current_path();
    if (path == NULL) {
        perror("pwd");
        return 1;
    }
    printf("%s\n", *path == '\0' ? "/" : path);
    return 0;
}
