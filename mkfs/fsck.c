/*
 * fsck - check a disk image, list it, extract files
 *
 * usage: fsck IMAGE             check; print a line for each problem
 *        fsck -r IMAGE          replay the log, then check
 *        fsck -l IMAGE          list all paths
 *        fsck -x PATH IMAGE     print a file
 *        fsck -x PATH -d DIR IMAGE
 *                               copy a file, or a whole directory, to DIR
 *
 * Only -r writes to the image.  Status: 0 if the image is sound, 1 if it is
 * sound after the log was replayed, 4 with problems, 8 if the image cannot be
 * read or has no file system, or if a file cannot be found or written, 16 for a
 * wrong command line.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include "check.h"
#include "replay.h"
#include "disk/format.h"

enum { CLEAN = 0, REPLAYED = 1, PROBLEMS = 4, FAILED = 8, USAGE = 16 };

static int status = CLEAN; // the exit status

/* Report damage and continue. */
static void complain(const char *what, const char *fault)
{
    fprintf(stderr, "fsck: %s: %s\n", what, fault);
    status = PROBLEMS;
}

/* Print an error message and exit. */
static _Noreturn void fail(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fprintf(stderr, "fsck: ");
    vfprintf(stderr, format, args);
    fprintf(stderr, "\n");
    va_end(args);
    exit(FAILED);
}

/* Print the usage and exit. */
static _Noreturn void usage(void)
{
    fprintf(stderr, "usage: fsck [-r | -l | -x PATH [-d DIR]] IMAGE\n");
    exit(USAGE);
}

/* Map an image; *blocks is its size in blocks. */
static char *map_image(const char *path, bool writes, uint64_t *blocks)
{
    struct stat st;
    if (stat(path, &st) != 0) {
        fail("%s: %s", path, strerror(errno));
    }
    if (!S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode)) {
        fail("%s: neither an image nor a disk", path);
    }
    int fd = open(path, writes ? O_RDWR : O_RDONLY);
    off_t size = fd < 0 ? -1 : lseek(fd, 0, SEEK_END);
    if (size < 0) {
        fail("%s: %s", path, strerror(errno));
    }
    if (size < FS_BLOCK) {
        fail("%s: %s", path,
             size == 0 ? "empty" : "too short for a file system");
    }
    void *base = writes
                     ? mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE,
                            MAP_SHARED, fd, 0)
                     : mmap(NULL, (size_t)size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (base == MAP_FAILED) {
        fail("%s: %s", path, strerror(errno));
    }
    close(fd);
    *blocks = (uint64_t)size / FS_BLOCK;
    return base;
}

/* Print a line for one path. */
static void list(const struct view *view, uint32_t number, const char *path)
{
    const struct fs_inode *inode = view_inode(view, number);
    char type = inode->type <= FS_SYMLINK ? "?d-cl"[inode->type] : '?';
    printf("%c %4u %10llu %s\n", type, inode->links,
           (unsigned long long)inode->size, path[0] != '\0' ? path : "/");
}

/* Write the contents of a file.  Zero blocks become holes where possible, so
   that the copy takes no more space than the file in the image, whatever its
   length. */
static void put_file(const struct view *view, const struct fs_inode *inode,
                     FILE *to)
{
    struct stat st;
    bool skips = fstat(fileno(to), &st) == 0 && S_ISREG(st.st_mode) &&
                 (fcntl(fileno(to), F_GETFL) & O_APPEND) == 0;
    off_t start = skips ? ftello(to) : 0;
    for (uint64_t done = 0; done < inode->size && ferror(to) == 0;) {
        uint64_t left = inode->size - done;
        size_t n = left < FS_BLOCK ? (size_t)left : FS_BLOCK;
        if (skips && view_number(view, inode, done / FS_BLOCK) == 0) {
            fseeko(to, (off_t)n, SEEK_CUR);
        } else {
            fwrite(view_file(view, inode, done / FS_BLOCK), 1, n, to);
        }
        done += n;
    }
    if (fflush(to) != 0 || ferror(to) != 0 ||
        (skips && ftruncate(fileno(to), start + (off_t)inode->size) != 0)) {
        fail("cannot write: %s", strerror(errno));
    }
}

/* Copy one inode of the image to `path` on the host; for a directory, only the
   directory itself. */
static void copy_out(const struct view *view, uint32_t number, const char *path)
{
    const struct fs_inode *inode = view_inode(view, number);
    const char *fault = format_check_inode(view->super, number, inode);
    if (fault != NULL) {
        complain(path, fault);
        return;
    }
    if (inode->type == FS_DIRECTORY && mkdir(path, 0777) != 0 &&
        errno != EEXIST) {
        fail("%s: %s", path, strerror(errno));
    }
    if (inode->type == FS_FILE) {
        FILE *to = fopen(path, "wb");
        if (to == NULL) {
            fail("%s: %s", path, strerror(errno));
        }
        put_file(view, inode, to);
        fclose(to);
    }
}

/* A directory on the current path of a walk. */
struct level {
    uint32_t dir;
    uint64_t next; // next entry to visit
    uint64_t end;
    size_t length; // of its path
};

/* A walk through everything below a path. */
struct walk {
    const struct view *view;
    struct level *level; // the directories on the current path
    size_t depth;
    char *path; // of the current entry
    size_t room;
    bool *seen; // directories; none is entered twice, so the walk ends
};

/* Resize memory or, from NULL, allocate it; exits on failure. */
static void *more_memory(void *old, size_t bytes)
{
    void *memory = realloc(old, bytes);
    if (memory == NULL) {
        fail("no memory");
    }
    return memory;
}

/* Enter a directory whose path is walk->path. */
static void walk_enter(struct walk *walk, uint32_t dir)
{
    const struct fs_inode *inode = view_inode(walk->view, dir);
    if (walk->seen[dir]) {
        complain(walk->path, "a directory with a second name");
        return;
    }
    walk->seen[dir] = true;
    walk->level =
        more_memory(walk->level, (walk->depth + 1) * sizeof(walk->level[0]));
    // A directory has no holes, so it is no longer than its blocks.
    uint64_t most = (uint64_t)inode->blocks * FS_DIRENTS_PER_BLOCK;
    uint64_t count = view_entries(walk->view, inode);
    walk->level[walk->depth++] =
        (struct level){dir, 0, count < most ? count : most, strlen(walk->path)};
}

/* The next entry of the current directory, with its path; NULL at the end of
   the directory, after returning to its parent. */
static const struct fs_dirent *walk_next(struct walk *walk)
{
    struct level *level = &walk->level[walk->depth - 1];
    const struct fs_inode *dir = view_inode(walk->view, level->dir);
    if (level->next == level->end) {
        walk->depth--;
        return NULL;
    }
    const struct fs_dirent *entry = view_entry(walk->view, dir, level->next++);
    size_t room = level->length + sizeof(entry->name) + 2;
    if (room > walk->room) {
        walk->room = 2 * room;
        walk->path = more_memory(walk->path, walk->room);
    }
    snprintf(walk->path + level->length, walk->room - level->length, "/%.*s",
             (int)sizeof(entry->name), entry->name);
    return entry;
}

/* Call `visit` for an inode and everything below it, with paths that begin with
   `start`. */
static void walk_all(const struct view *view, uint32_t number,
                     const char *start,
                     void (*visit)(const struct view *, uint32_t, const char *))
{
    struct walk walk = {.view = view, .room = strlen(start) + 1};
    walk.path = strcpy(more_memory(NULL, walk.room), start);
    walk.seen = calloc(format_inodes(view->super), sizeof(bool));
    if (walk.seen == NULL) {
        fail("no memory");
    }
    visit(view, number, start);
    if (view_inode(view, number)->type == FS_DIRECTORY) {
        walk_enter(&walk, number);
    }
    while (walk.depth > 0) {
        const struct fs_dirent *entry = walk_next(&walk);
        if (entry != NULL && entry->inode != 0 &&
            format_check_dirent(view->super, entry) == NULL) {
            visit(view, entry->inode, walk.path);
            if (view_inode(view, entry->inode)->type == FS_DIRECTORY) {
                walk_enter(&walk, entry->inode);
            }
        }
    }
    free(walk.level);
    free(walk.path);
    free(walk.seen);
}

/* Extract a file from an image or, with `dir`, a directory. */
static void extract(const struct view *view, const char *path, const char *dir)
{
    uint32_t number = view_find(view, path);
    if (number == 0) {
        fail("%s: no such file in the image", path);
    }
    const struct fs_inode *inode = view_inode(view, number);
    if (dir != NULL) {
        const char *slash = strrchr(path, '/');
        const char *name = slash != NULL ? slash + 1 : path;
        char to[PATH_MAX];
        snprintf(to, sizeof(to), "%s/%s", dir, name);
        walk_all(view, number, to, copy_out);
    } else if (inode->type != FS_FILE) {
        fail("%s: not a file", path);
    } else if (inode->size > FS_FILE_MAX) {
        complain(path, "size too large");
    } else {
        put_file(view, inode, stdout);
    }
}

/* The parsed command line. */
struct options {
    bool lists;
    bool replays;
    const char *path; // path to extract
    const char *dir;
};

static struct options parse_options(int argc, char **argv)
{
    struct options options = {0};
    int option;
    while ((option = getopt(argc, argv, "rlx:d:")) != -1) {
        switch (option) {
        case 'r':
            options.replays = true;
            break;
        case 'l':
            options.lists = true;
            break;
        case 'x':
            options.path = optarg;
            break;
        case 'd':
            options.dir = optarg;
            break;
        default:
            usage();
        }
    }
    int tasks = options.lists + options.replays + (options.path != NULL);
    if (optind != argc - 1 || tasks > 1 ||
        (options.dir != NULL && options.path == NULL)) {
        usage();
    }
    return options;
}

/* Check an image, first replaying its log if `replays`; returns the exit
   status. */
static int check(char *base, uint64_t blocks, bool replays)
{
    const struct fs_super *super = (const struct fs_super *)base;
    int count = 0;
    if (replays && format_check_super(super, blocks) == NULL) {
        count = replay_image(base);
        printf("log: %d transactions replayed\n", count > 0 ? count : 0);
    }
    int problems = check_image(base, blocks, stdout);
    if (fflush(stdout) != 0 || ferror(stdout) != 0) {
        fail("cannot write: %s", strerror(errno));
    }
    return problems < 0   ? FAILED
           : problems > 0 ? PROBLEMS
           : count > 0    ? REPLAYED
                          : CLEAN;
}

int main(int argc, char **argv)
{
    struct options options = parse_options(argc, argv);
    const char *name = argv[optind];
    uint64_t blocks;
    char *base = map_image(name, options.replays, &blocks);
    struct view view = {base, (const struct fs_super *)base};
    if (!options.lists && options.path == NULL) {
        return check(base, blocks, options.replays);
    }
    const char *fault = format_check_super(view.super, blocks);
    if (fault != NULL) {
        fail("%s: %s", name, fault);
    }
    if (options.lists) {
        walk_all(&view, FS_ROOT, "", list);
    } else {
        extract(&view, options.path, options.dir);
    }
    if (fflush(stdout) != 0 || ferror(stdout) != 0) {
        fail("cannot write: %s", strerror(errno));
    }
    return status;
}
