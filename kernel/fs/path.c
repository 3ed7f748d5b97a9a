#include "fs/path.h"
#include "fs/dir.h"
#include "fs/inode.h"
#include "fs/inode_io.h"
#include "lib/str.h"
#include "vm/uaccess.h"
#include "mm/page.h"
#include "proc/proc.h"

/*
 * Walking paths.
 *
 * A walk is where it has got to (an inode, with a reference) and the text that
 * is left.  A step takes the next name off the text and looks it up.  If that
 * is a symbolic link, its target is put before the text that is left, in a page
 * that the walk allocates, and the walk goes on from the link's directory or
 * from "/".  So links need no recursion, and their number is bounded.  The text
 * that is left may be in the page already, so the page has two halves, which
 * are used in turn.
 *
 * Empty names are skipped: "a//b" is "a/b".  A name with a slash after it must
 * be a directory.  An empty path is an error.
 *
 * Locks: none across steps; a directory may change between them.
 */
struct inode *path_root;

#define LINKS_MAX 16 // followed in one walk
static_assert(2 * MAXPATH <= PAGE_SIZE && FS_LINK_MAX <= MAXPATH, "halves");

struct walk {
    struct inode *at;  // where it is, a reference
    const char *name;  // the next name of the path
    size_t length;     // of that; 0 at the end
    const char *rest;  // what is left behind it
    bool keeps;        // a link that has the last name is not followed
    struct page *page; // holds name and rest once a link was followed
    int links;         // followed so far
};

/* Move to `to`, whose reference passes to the walk. */
static void walk_move(struct walk *walk, struct inode *to)
{
    inode_put(walk->at);
    walk->at = to;
}

/* The directory that a path starts from, with a reference. */
static struct inode *walk_origin(const char *path)
{
    const struct proc *proc = proc_current();
    bool is_absolute = path[0] == '/' || proc == NULL || proc->cwd == NULL;
    struct inode *origin = is_absolute ? path_root : proc->cwd;
    inode_ref(origin);
    return origin;
}

static const char *skip_slashes(const char *text)
{
    while (*text == '/') {
        text++;
    }
    return text;
}

/* Take the next name off the text. */
static void walk_next_name(struct walk *walk)
{
    const char *end = skip_slashes(walk->rest);
    walk->name = end;
    while (*end != '/' && *end != '\0') {
        end++;
    }
    walk->length = (size_t)(end - walk->name);
    walk->rest = end;
}

/* Follow a link that the walk has met: put its target before the text that is
   left.  0, -ELOOP, -ENAMETOOLONG, -ENOMEM, or an error of inode_read. */
static int walk_follow(struct walk *walk, struct inode *link)
{
    if (walk->links++ == LINKS_MAX) {
        return -ELOOP;
    }
    if (walk->page == NULL) {
        walk->page = page_alloc(PAGE_KERNEL);
    }
    if (walk->page == NULL) {
        return -ENOMEM;
    }
    struct iobuf buf;
    char *text = page_address(walk->page);
    text += walk->links % 2 * MAXPATH;
    iobuf_kernel(&buf, text, FS_LINK_MAX);
    ssize_t target = inode_read(link, 0, &buf, 0, FS_LINK_MAX);
    if (target < 0) {
        return (int)target;
    }
    size_t left = strlen(walk->rest);
    if ((size_t)target + left >= MAXPATH) {
        return -ENAMETOOLONG;
    }
    memcpy(text + target, walk->rest, left + 1);
    walk->rest = text;
    if (text[0] == '/') {
        inode_ref(path_root);
        walk_move(walk, path_root);
    }
    return 0;
}

/* Move to what the name stands for, which must be a directory if a slash
   follows the name. */
static int walk_step(struct walk *walk)
{
    struct inode *next;
    int error = dir_lookup(walk->at, walk->name, walk->length, &next);
    if (error != 0) {
        return error;
    }
    if (inode_type(next) == FS_SYMLINK &&
        !(walk->keeps && *walk->rest == '\0')) {
        error = walk_follow(walk, next);
        inode_put(next);
        return error;
    }
    walk_move(walk, next);
    return *walk->rest == '/' && !inode_is_directory(next) ? -ENOTDIR : 0;
}

/* Copy the name, which is the last one.  0, -ENOTDIR, -ENAMETOOLONG. */
static int walk_last(const struct walk *walk, struct last_name *out)
{
    if (!inode_is_directory(walk->at)) {
        return -ENOTDIR;
    }
    if (walk->length > NAMEMAX) {
        return -ENAMETOOLONG;
    }
    bool is_empty = walk->length == 0; // of "/"
    out->length = is_empty ? 1 : walk->length;
    out->slash = *walk->rest == '/';
    memcpy(out->text, is_empty ? "." : walk->name, out->length);
    out->text[out->length] = '\0';
    return 0;
}

/*
 * Walk `path` from `origin`, whose reference is used up: to its end, or, when
 * `last` is given, to the directory of the last name, which is copied there.
 * `keeps`: a link at the end is not followed.  0 with a reference in *out, or
 * an error of path.h.
 */
static int path_walk(struct inode *origin, const char *path, bool keeps,
                     struct inode **out, struct last_name *last)
{
    struct walk walk = {.at = origin, .rest = path, .keeps = keeps};
    int error = path[0] != '\0' ? 0 : -ENOENT;
    while (error == 0) {
        walk_next_name(&walk);
        if (last != NULL && *skip_slashes(walk.rest) == '\0') {
            error = walk_last(&walk, last);
            break;
        }
        if (walk.length == 0) {
            break;
        }
        error = walk_step(&walk);
    }
    if (walk.page != NULL) {
        page_put(walk.page);
    }
    if (error != 0) {
        inode_put(walk.at);
        return error;
    }
    *out = walk.at;
    return 0;
}

int path_lookup(const char *path, struct inode **out)
{
    return path_walk(walk_origin(path), path, false, out, NULL);
}

int path_lookup_link(const char *path, struct inode **out)
{
    return path_walk(walk_origin(path), path, true, out, NULL);
}

/* Try the current directory, then "/" and "/bin". */
int path_lookup_program(const char *path, struct inode **out)
{
    static const char *const directories[] = {"/", "/bin/."};
    int error = path_lookup(path, out);
    for (size_t i = 0; i < ARRAY_LENGTH(directories) && path[0] != '/'; i++) {
        struct inode *directory;
        if (error == -ENOENT && path_lookup(directories[i], &directory) == 0) {
            error = path_walk(directory, path, false, out, NULL);
        }
    }
    return error;
}

int path_parent(const char *path, struct inode **dir, struct last_name *last)
{
    return path_walk(walk_origin(path), path, false, dir, last);
}
