/*
 * fsck - check a disk image, list it, take files out
 *
 * usage: fsck IMAGE             check; print a line for each problem
 *        fsck -l IMAGE          list all paths
 *        fsck -x PATH IMAGE     print a file
 *        fsck -x PATH -d DIR IMAGE
 *                               copy a file, or a folder and all below, to DIR
 *
 * The image is never written.  Status: 0 when all is well, 4 with problems, 8
 * when the image cannot be read or has no file system, or a file cannot be
 * found or written, 16 for a wrong command line.
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
#include "fs/format.h"

enum { CLEAN = 0, PROBLEMS = 4, FAILED = 8, USAGE = 16 };

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
    fprintf(stderr, "usage: fsck [-l | -x PATH [-d DIR]] IMAGE\n");
    exit(USAGE);
}

/* Map an image; *blocks is its size. */
static const char *map_image(const char *path, uint64_t *blocks)
{
    int fd = open(path, O_RDONLY);
    off_t size = fd < 0 ? -1 : lseek(fd, 0, SEEK_END);
    if (size < 0) {
        fail("%s: %s", path, strerror(errno));
    }
    if (size < FS_BLOCK) {
        fail("%s: too short for a file system", path);
    }
    void *base = mmap(NULL, (size_t)size, PROT_READ, MAP_PRIVATE, fd, 0);
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

int main(int argc, char **argv)
{
    bool lists = false;
    const char *path = NULL;
    const char *dir = NULL;
    int option;
    while ((option = getopt(argc, argv, "lx:d:")) != -1) {
        switch (option) {
        case 'l':
            lists = true;
            break;
        case 'x':
            path = optarg;
            break;
        case 'd':
            dir = optarg;
            break;
        default:
            usage();
        }
    }
    if (optind != argc - 1 || (lists && path != NULL) ||
        (dir != NULL && path == NULL)) {
        usage();
    }
    uint64_t blocks;
    const char *base = map_image(argv[optind], &blocks);
    struct view view = {base, (const struct fs_super *)base};
    if (!lists && path == NULL) {
        int problems = check_image(base, blocks, stdout);
        return problems < 0 ? FAILED : problems > 0 ? PROBLEMS : CLEAN;
    }
    const char *fault = format_check_super(view.super, blocks);
    if (fault != NULL) {
        fail("%s: %s", argv[optind], fault);
    }
    if (lists) {
        list(&view, FS_ROOT, "", 0);
    } else {
        extract(&view, path, dir);
    }
    return CLEAN;
}
