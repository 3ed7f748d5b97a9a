/*
 * Walking through a directory and all that is in it, as deep as it may be.
 *
 * Paths end at MAXPATH and the stack at 256 KiB, so there is neither a path to
 * a file nor recursion: the walk goes to each directory with chdir(), and what
 * it has still to do in those above lies on the heap.  The way back is "..".
 * Who moves a directory meanwhile, or puts a link in its place, could lead the
 * walk astray: each directory is known by its inode number, and the walk ends
 * where another one is found.
 *
 * The caller's current directory stays, because a child does the walking.
 */
#include "user/tool.h"

/* A directory on the way from the top to where the walk is. */
struct level {
    struct level *above;
    uint32_t ino;
    size_t path; // length of the path of the directory
    struct dirent *entries;
    size_t count;
    size_t next; // entry to look at
};

static const struct walk *walk;
static struct level *level; // the current directory
static char *path;          // of it, as long as it takes
static size_t path_room;
static int status;

/* Say what went wrong with a name in the current directory, "" for the
   directory itself; the walk goes on, but its status is 1. */
void walk_complain(const char *name)
{
    fprintf(2, "%s: %s%s%s: %s\n", walk->program, path,
            *name == '\0' ? "" : "/", name, strerror(errno));
    status = 1;
}

/* End the walk: it cannot go on. */
static void walk_give_up(void)
{
    walk_complain("");
    exit(1);
}

/* Larger memory, which the walk cannot do without. */
static void *grow(void *memory, size_t n)
{
    void *larger = realloc(memory, n);

    if (larger == NULL) {
        walk_give_up();
    }
    return larger;
}

/* Put the path's end behind its first `length` bytes and `name`. */
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

/* Begin with the directory that has become the current one and whose path is
   set. */
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

/* The inode number of the current directory; 0 if it cannot be told. */
static uint32_t current_ino(void)
{
    struct stat st;

    return stat(".", &st) == 0 ? st.ino : 0;
}

/* Go down into a directory, if it is still the one in the list. */
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

/* Go back to the directory above. */
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

/* All of the walk; the exit status. */
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

/* Walk through the directory `top`, which itself is only entered; the exit
   status. */
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
