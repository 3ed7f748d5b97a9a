/*
 * A walk through a directory tree of any depth.
 *
 * Paths are limited to MAXPATH and the stack to 256 KiB, so the walk can use
 * neither full paths nor recursion.  Instead it enters each directory with
 * chdir() and keeps its remaining work on the heap.  It returns through "..".
 * If another process moves a directory or replaces it with a link meanwhile,
 * the walk could be led astray.  So each directory is identified by its inode
 * number, and the walk stops if it finds a different one.
 *
 * The caller's current directory does not change, because a child does the
 * walk.
 */
#include "user/tool.h"

/* A directory on the path from the top to the current one. */
struct level {
    struct level *above;
    uint32_t ino;
    size_t path; // length of the directory's path
    struct dirent *entries;
    size_t count;
    size_t next; // next entry to visit
};

static const struct walk *walk;
static struct level *level; // the current directory
static char *path;          // its path, of any length
static size_t path_room;
static int status;

/* Report an error for a name in the current directory, or for the directory
   itself if the name is "".  The walk continues, but its status is 1. */
void walk_complain(const char *name)
{
    fprintf(2, "%s: %s%s%s: %s\n", walk->program, path,
            *name == '\0' ? "" : "/", name, strerror(errno));
    status = 1;
}

/* Report an error and stop the walk. */
static void walk_give_up(void)
{
    walk_complain("");
    exit(1);
}

/* Resize memory that the walk cannot do without. */
static void *grow(void *memory, size_t n)
{
    void *larger = realloc(memory, n);

    if (larger == NULL) {
        walk_give_up();
    }
    return larger;
}

/* Keep the first `length` bytes of the path and append `name`. */
static void path_set(size_t length, const char *name)
{
    size_t n = strlen(name);

    if (length + n + 2 > path_room) {
        path_room = 2 * (length + n + 2);
        path = grow(path, path_room);
    }
    if (length > 0 && path[length - 1] != '/' && n > 0) {
        path[length++] = '/';
    }
    memcpy(path + length, name, n + 1);
}

/* Order of entries: by name. */
static int compare(const void *a, const void *b)
{
    const struct dirent *entry = a;
    const struct dirent *other = b;

    return strcmp(entry->name, other->name);
}

/* Read all entries of the current directory, and sort them. */
static void read_entries(int fd)
{
    size_t room = 0;
    int n;

    do {
        if (level->count == room) {
            room += room / 2 + 8;
            level->entries = grow(level->entries, room * sizeof(struct dirent));
        }
        n = read(fd, level->entries + level->count,
                 (int)((room - level->count) * sizeof(struct dirent)));
        level->count += n > 0 ? (size_t)n / sizeof(struct dirent) : 0;
    } while (n > 0);
    if (n < 0) {
        walk_complain("");
    }
    qsort(level->entries, level->count, sizeof(struct dirent), compare);
}

/* Start with the current directory, whose path is already set. */
static void level_enter(void)
{
    struct level *below = grow(NULL, sizeof(*below));
    struct stat st = {0};
    int fd = open(".", O_RDONLY);

    if (fd < 0 || fstat(fd, &st) < 0) {
        walk_give_up();
    }
    *below =
        (struct level){.above = level, .ino = st.ino, .path = strlen(path)};
    level = below;
    read_entries(fd);
    close(fd);
    if (walk->enter != NULL) {
        walk->enter(path, level->entries, level->count);
    }
}

/* The inode number of the current directory; 0 on failure. */
static uint32_t current_ino(void)
{
    struct stat st;

    return stat(".", &st) == 0 ? st.ino : 0;
}

/* Enter a directory, if it is still the one in the list. */
static void go_down(const struct dirent *entry)
{
    if (chdir(entry->name) < 0) {
        walk_complain(entry->name);
        return;
    }
    path_set(level->path, entry->name);
    if (current_ino() != entry->inum) {
        errno = ENOENT;
        walk_give_up();
    }
    level_enter();
}

/* Return to the parent directory. */
static void go_up(void)
{
    struct level *done = level;

    level = done->above;
    free(done->entries);
    free(done);
    if (level == NULL) {
        return;
    }
    if (chdir("..") < 0 || current_ino() != level->ino) {
        errno = ENOENT;
        walk_give_up();
    }
    path_set(level->path, "");
    if (walk->leave != NULL) {
        walk->leave(level->entries[level->next - 1].name);
    }
}

/* The whole walk; returns the exit status. */
static int walk_from(const char *top)
{
    path_set(0, top);
    if (chdir(top) < 0) {
        walk_give_up();
    }
    level_enter();
    while (level != NULL) {
        if (level->next == level->count || output_failed()) {
            go_up();
            continue;
        }
        const struct dirent *entry = &level->entries[level->next++];
        if (strcmp(entry->name, ".") != 0 && strcmp(entry->name, "..") != 0 &&
            walk->down(entry->name)) {
            go_down(entry);
        }
    }
    return status;
}

/* Walk through the directory `top`, which is only entered itself; returns the
   exit status. */
int walk_directory(const char *top, const struct walk *calls)
{
    char *argv[] = {(char *)(uintptr_t)calls->program, NULL};
    int result = 1;
    int pid = fork();

    if (pid == 0) {
        walk = calls;
        exit(output_status(walk_from(top), argv));
    }
    if (pid < 0 || wait(&result) < 0) {
        complain(calls->program, top);
    }
    return result != 0;
}
