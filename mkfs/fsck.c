/*
 * fsck - check a disk image, list it, take files out
 *
 * usage: fsck IMAGE             check; print a line for each problem
 *        fsck -r IMAGE          replay the log, then check
 *        fsck -l IMAGE          list all paths
 *        fsck -x PATH IMAGE     print a file
 *        fsck -x PATH -d DIR IMAGE
 *                               copy a file, or a folder and all below, to DIR
 *
 * Only -r writes to the image.  Status: 0 when all is well, 1 when it is after
 * the log was replayed, 4 with problems, 8 when the image cannot be read or has
 * no file system, or a file cannot be found or written, 16 for a wrong command
 * line.
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

#define DEPTH_MAX 64 // of folders; a damaged image may have a circle

/* Say what went wrong and end. */
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

/* Say how to call fsck and end. */
static _Noreturn void usage(void)
{
    fprintf(stderr, "usage: fsck [-r | -l | -x PATH [-d DIR]] IMAGE\n");
    exit(USAGE);
}

/* Map an image; *blocks is its size. */
static char *map_image(const char *path, bool writes, uint64_t *blocks)
{
    int fd = open(path, writes ? O_RDWR : O_RDONLY);
    off_t size = fd < 0 ? -1 : lseek(fd, 0, SEEK_END);
    if (size < 0) {
        fail("%s: %s", path, strerror(errno));
    }
    if (size < FS_BLOCK) {
        fail("%s: too short for a file system", path);
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

/* Call `visit` for each name of a folder, with its path below `path`. */
typedef void visit_fn(const struct view *view, uint32_t number,
                      const char *path, int depth);

static void visit_names(const struct view *view, uint32_t dir, const char *path,
                        int depth, visit_fn *visit)
{
    uint64_t count = view_entries(view, view_inode(view, dir));
    for (uint64_t i = 0; i < count && depth < DEPTH_MAX; i++) {
        const struct fs_dirent *entry =
            view_entry(view, view_inode(view, dir), i);
        char below[PATH_MAX];
        if (entry->inode != 0 &&
            format_check_dirent(view->super, entry) == NULL) {
            snprintf(below, sizeof(below), "%s/%s", path, entry->name);
            visit(view, entry->inode, below, depth + 1);
        }
    }
}

/* Print a line for a path and for all below. */
static void list(const struct view *view, uint32_t number, const char *path,
                 int depth)
{
    const struct fs_inode *inode = view_inode(view, number);
    char type = inode->type <= FS_SYMLINK ? "?d-cl"[inode->type] : '?';
    printf("%c %4u %10llu %s\n", type, inode->links,
           (unsigned long long)inode->size, path[0] != '\0' ? path : "/");
    if (inode->type == FS_DIRECTORY) {
        visit_names(view, number, path, depth, list);
    }
}

/* Write the contents of a file. */
static void put_file(const struct view *view, const struct fs_inode *inode,
                     FILE *to)
{
    uint64_t size = inode->size < FS_FILE_MAX ? inode->size : FS_FILE_MAX;
    for (uint64_t done = 0; done < size;) {
        uint64_t left = size - done;
        size_t n = left < FS_BLOCK ? (size_t)left : FS_BLOCK;
        fwrite(view_file(view, inode, done / FS_BLOCK), 1, n, to);
        done += n;
    }
    if (fflush(to) != 0) {
        fail("cannot write: %s", strerror(errno));
    }
}

/* Copy what a path of the image stands for to `path` of the host. */
static void copy_out(const struct view *view, uint32_t number, const char *path,
                     int depth)
{
    const struct fs_inode *inode = view_inode(view, number);
    if (inode->type == FS_DIRECTORY) {
        if (mkdir(path, 0777) != 0 && errno != EEXIST) {
            fail("%s: %s", path, strerror(errno));
        }
        visit_names(view, number, path, depth, copy_out);
    } else if (inode->type == FS_FILE) {
        FILE *to = fopen(path, "wb");
        if (to == NULL) {
            fail("%s: %s", path, strerror(errno));
        }
        put_file(view, inode, to);
        fclose(to);
    }
}

/* Take a file, or with `dir` a folder, out of an image. */
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
        copy_out(view, number, to, 0);
    } else if (inode->type == FS_FILE) {
        put_file(view, inode, stdout);
    } else {
        fail("%s: not a file", path);
    }
}

/* What to do, from the command line. */
struct options {
    bool lists;
    bool replays;
    const char *path; // to extract
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

/* Check an image, after replaying its log if told to; the exit status. */
static int check(char *base, uint64_t blocks, bool replays)
{
    const struct fs_super *super = (const struct fs_super *)base;
    int count = 0;
    if (replays && format_check_super(super, blocks) == NULL) {
        count = replay_image(base);
        printf("log: %d transactions replayed\n", count > 0 ? count : 0);
    }
    int problems = check_image(base, blocks, stdout);
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
        list(&view, FS_ROOT, "", 0);
    } else {
        extract(&view, options.path, options.dir);
    }
    return CLEAN;
}
