/*
 * The directory that a test starts in, and files with a pattern.
 */
#include "usertests.h"

/* Remove whatever a path stands for; the depth of directories is bounded by the
   length of a path. */
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

/* Name what is in the directory, but not more than a few; whether there was
   anything. */
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

/* Make the directory of a test, empty, in place of what is there; false when
   nothing can be made because the file system is read-only. */
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

/* Remove the directory; whether the test has left it empty, and left it. */
bool scratch_leave(bool entered)
{
    if (!entered) {
        return true;
    }
    bool clean = !list_rest();
    remove_tree(SCRATCH);
    return clean;
}

/* Make and remove it once: its place in / stays in memory. */
void scratch_warm_up(void)
{
    scratch_leave(scratch_enter());
}

/* Make a file with n bytes of a pattern. */
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

/* Whether a file is just these n bytes. */
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
