/*
 * Paths: lookup in the model, by rules written again here instead of taken from
 * the kernel; and random paths.
 *
 * The rules: names are resolved one by one; "." and ".." are the directory
 * itself and its parent; a link is replaced by its target, at most sixteen
 * times.  A removed directory contains nothing, not even "..".
 */
#include "grind.h"

enum { LINKS_MAX = 16, SHORT_NAMES = 8 };

/* A lookup: the current directory, and the rest of the path. */
struct walk {
    struct node *at;
    char left[2 * MAXPATH];
    int links;
};

bool name_is_dots(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* Start an absolute path; it must lead into the model. */
static int walk_from_top(struct walk *walk)
{
    size_t n = strlen(model.prefix);

    if (strncmp(walk->left, model.prefix, n) != 0 ||
        (walk->left[n] != '/' && walk->left[n] != '\0')) {
        return ESCAPES;
    }
    walk->at = model.root;
    memmove(walk->left, walk->left + n, strlen(walk->left + n) + 1);
    return 0;
}

static char *skip_slashes(char *text)
{
    while (*text == '/') {
        text++;
    }
    return text;
}

/* Remove the next name from the path; returns its length, 0 at the end.
   *slash: a slash follows. */
static size_t walk_take(struct walk *walk, char *name, bool *slash)
{
    char *from = skip_slashes(walk->left);
    size_t n = 0;

    while (from[n] != '/' && from[n] != '\0') {
        n++;
    }
    memcpy(name, from, n);
    name[n] = '\0';
    *slash = from[n] == '/';
    memmove(walk->left, from + n, strlen(from + n) + 1);
    return n;
}

/* Put the target of a link before the rest of the path. */
static int walk_follow(struct walk *walk, const struct node *link)
{
    char rest[MAXPATH];

    if (walk->links++ == LINKS_MAX) {
        return ELOOP;
    }
    strcpy(rest, walk->left);
    snprintf(walk->left, sizeof(walk->left), "%s%s", link->target, rest);
    if (strlen(walk->left) >= MAXPATH) {
        return ENAMETOOLONG;
    }
    return walk->left[0] == '/' ? walk_from_top(walk) : 0;
}

/* Look up one name in a directory. */
static int look_up(struct node *directory, const char *name, struct node **out)
{
    if (directory->kind != T_DIR) {
        return ENOTDIR;
    }
    if (strlen(name) > NAMEMAX) {
        return ENAMETOOLONG;
    }
    if (directory->links == 0) {
        return ENOENT;
    }
    if (strcmp(name, ".") == 0) {
        *out = directory;
        return 0;
    }
    if (strcmp(name, "..") == 0) {
        *out = directory->parent;
        return directory == model.root ? ESCAPES : 0;
    }
    struct name *found = *directory_find(directory, name);
    *out = found != NULL ? found->node : NULL;
    return found != NULL ? 0 : ENOENT;
}

/* Start a lookup. */
static int walk_begin(struct walk *walk, const char *path)
{
    walk->at = model.current;
    walk->links = 0;
    strcpy(walk->left, path);
    return path[0] == '\0' ? ENOENT : path[0] == '/' ? walk_from_top(walk) : 0;
}

/* Advance by one name. */
static int walk_step(struct walk *walk, const char *name, bool slash)
{
    struct node *next;
    int error = look_up(walk->at, name, &next);

    if (error != 0) {
        return error;
    }
    if (next->kind == T_SYMLINK) {
        return walk_follow(walk, next);
    }
    walk->at = next;
    return slash && next->kind != T_DIR ? ENOTDIR : 0;
}

/* Look up a path, following links: 0 or an error. */
int path_find(const char *path, struct node **out)
{
    static struct walk walk;
    char name[MAXPATH];
    bool slash;
    int error = walk_begin(&walk, path);

    while (error == 0 && walk_take(&walk, name, &slash) > 0) {
        error = walk_step(&walk, name, slash);
    }
    *out = walk.at;
    return error;
}

/*
 * For a path: the directory of its last name, that name (room for NAMEMAX + 1),
 * whether the path ends in a slash, and the node of that name, not followed;
 * NULL if there is none, or for dots.
 */
int path_find_last(const char *path, struct node **directory, char *name,
                   bool *slash, struct node **node)
{
    static struct walk walk;
    char text[MAXPATH];
    bool more;
    int error = walk_begin(&walk, path);

    *slash = path[0] != '\0' && path[strlen(path) - 1] == '/';
    while (error == 0) {
        walk_take(&walk, text, &more);
        if (*skip_slashes(walk.left) == '\0') {
            break;
        }
        error = walk_step(&walk, text, more);
    }
    if (error != 0) {
        return error;
    }
    if (walk.at->kind != T_DIR || strlen(text) > NAMEMAX) {
        return walk.at->kind != T_DIR ? ENOTDIR : ENAMETOOLONG;
    }
    strcpy(name, text[0] != '\0' ? text : ".");
    *directory = walk.at;
    struct name *found =
        name_is_dots(name) ? NULL : *directory_find(walk.at, name);
    *node = found != NULL ? found->node : NULL;
    return 0;
}

/* One of a few names, so that operations collide. */
static const char *some_name(void)
{
    static const char *const names[SHORT_NAMES + 2] = {
        "a",
        "b",
        "c",
        "d",
        "e",
        "f",
        "g",
        "some-more-bytes",
        "of-59-bytes-which-is-the-most-that-the-name-of-a-file-can-b",
        "of-60-bytes-which-is-one-more-than-the-name-of-a-file-can-be"};
    uint32_t pick = random_below(100);

    return names[pick < 90   ? pick % SHORT_NAMES
                 : pick < 98 ? SHORT_NAMES
                             : SHORT_NAMES + 1];
}

/* A name in a directory, or NULL; with `leads`, one that may continue a
   path. */
static const struct name *some_entry(const struct node *directory, bool leads)
{
    const struct name *pick = NULL;
    uint32_t seen = 0;

    for (const struct name *n = directory->names; n != NULL; n = n->next) {
        bool good = !leads || n->node->kind == T_DIR ||
                    (n->node->kind == T_SYMLINK && random_below(4) == 0);

        if (good && random_below(++seen) == 0) {
            pick = n;
        }
    }
    return pick;
}

/* Make a random path, usually one that exists; with a probability of `there`
   percent, the last name exists.  `path` has room for MAXPATH bytes and is
   returned. */
const char *path_make(char *path, uint32_t there)
{
    const struct node *at = model.current;
    int n = 0;

    if (random_below(3) == 0) {
        at = model.root;
        n = snprintf(path, MAXPATH, "%s/", model.prefix);
    }
    for (uint32_t steps = random_below(10) / 4; steps > 0; steps--) {
        const struct name *next =
            at->kind == T_DIR ? some_entry(at, true) : NULL;
        const char *slash = random_below(16) == 0 ? "//" : "/";
        uint32_t pick = random_below(20);
        const char *step = pick == 0                   ? "."
                           : pick == 1                 ? ".."
                           : pick == 2 || next == NULL ? some_name()
                                                       : next->text;

        at = pick > 2 && next != NULL ? next->node : at;
        n += snprintf(path + n, (size_t)(MAXPATH - n), "%s%s", step, slash);
    }
    uint32_t end = random_below(40);
    const struct name *found = at->kind == T_DIR && random_below(100) < there
                                   ? some_entry(at, false)
                                   : NULL;
    snprintf(path + n, (size_t)(MAXPATH - n), "%s%s",
             end == 0        ? "."
             : end == 1      ? ".."
             : found != NULL ? found->text
                             : some_name(),
             end == 2 ? "/" : "");
    return path;
}
