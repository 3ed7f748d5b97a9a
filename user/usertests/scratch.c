/*
 * The directory in which a test starts, and files with a pattern.
 */
#include "usertests.h"

/* Remove a file or a directory tree; the length of a path bounds its depth. */
static void remove_tree(const char *path)
{
    struct dirent entry;
    char below[MAXPATH];
    struct stat st;

    if (unlink(path) == 0 || errno != ENOTEMPTY) {
        return;
    }
    int fd = open(path, O_RDONLY);
    while (fd >= 0 && read(fd, &entry, sizeof(entry)) > 0) {
        if (strcmp(entry.name, ".") != 0 && strcmp(entry.name, "..") != 0) {
            snprintf(below, sizeof(below), "%s/%s", path, entry.name);
            remove_tree(below);
        }
    }
    close(fd);
    if (unlink(path) != 0 && stat(path, &st) == 0) {
        printf("    cannot remove %s: %s\n", path, strerror(errno));
    }
}

/* Print the names in the directory, at most a few; returns whether there are
   any. */
static bool list_rest(void)
{
    enum { FEW = 5 };
    struct dirent entry;
    int found = 0;
    int fd = open(SCRATCH, O_RDONLY);

    while (fd >= 0 && read(fd, &entry, sizeof(entry)) > 0) {
        if (strcmp(entry.name, ".") != 0 && strcmp(entry.name, "..") != 0) {
            found++;
            if (found <= FEW) {
                printf("    left behind: the file %s\n", entry.name);
            }
        }
    }
    if (found > FEW) {
        printf("    left behind: %d files more\n", found - FEW);
    }
    close(fd);
    return found > 0;
}

/* Create an empty directory for a test, replacing an old one; false if the file
   system is read-only. */
bool scratch_enter(void)
{
    remove_tree(SCRATCH);
    if (mkdir(SCRATCH) == 0) {
        return true;
    }
    if (errno != EROFS) {
        perror("usertests: " SCRATCH);
        exit(1);
    }
    return false;
}

/* Remove the directory; returns whether the test left it empty. */
bool scratch_leave(bool entered)
{
    if (!entered) {
        return true;
    }
    bool clean = !list_rest();
    remove_tree(SCRATCH);
    return clean;
}

/* Create and remove it once, so that later runs allocate nothing for its name
   in /. */
void scratch_warm_up(void)
{
    scratch_leave(scratch_enter());
}

/* Create a file with n bytes of a pattern. */
void make_file(const char *name, size_t n, uint32_t seed)
{
    unsigned char *bytes = test_buffer(n);
    int fd = open(name, O_WRONLY | O_CREATE | O_TRUNC);

    CHECK(fd >= 0);
    pattern_fill(bytes, n, seed);
    CHECK_EQ(write(fd, bytes, (int)n), n);
    close(fd);
    free(bytes);
}

/* Check that a file has exactly n bytes of that pattern. */
void check_file(const char *name, size_t n, uint32_t seed)
{
    unsigned char *bytes = test_buffer(n + 1);
    int fd = open(name, O_RDONLY);

    CHECK(fd >= 0);
    CHECK_EQ(read_fully(fd, bytes, (int)n + 1), n);
    CHECK(pattern_holds(bytes, n, seed));
    close(fd);
    free(bytes);
}

long size_of(const char *name)
{
    struct stat st;

    return stat(name, &st) == 0 ? (long)st.size : -1;
}

int links_of(const char *name)
{
    struct stat st;

    return stat(name, &st) == 0 ? st.nlink : -1;
}

/* A name for file number n of a child. */
char *name_for(long child, int n)
{
    static char name[16];

    snprintf(name, sizeof(name), "c%ld-%d", child, n);
    return name;
}
