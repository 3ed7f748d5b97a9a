/*
 * Operations on names: creating, linking, renaming, removing, listing.
 *
 * Each operation computes the expected result, makes the call, compares, and
 * updates the model.
 */
#include "grind.h"

/* A random path, and what the model knows about its last name. */
struct spot {
    char path[MAXPATH];
    char name[NAMEMAX + 1];
    struct node *directory;
    struct node *node;
    bool slash;
    int error;
};

/* Make a random path; false if it leads out of the model. */
static bool spot_make(struct spot *spot, uint32_t there)
{
    spot->error = path_find_last(path_make(spot->path, there), &spot->directory,
                                 spot->name, &spot->slash, &spot->node);
    return spot->error != ESCAPES;
}

/* The expected result of creating a name: 0 or an error. */
static int expect_create(const struct spot *spot, int kind)
{
    if (spot->error != 0) {
        return spot->error;
    }
    if (name_is_dots(spot->name)) {
        return EEXIST;
    }
    if (spot->directory->links == 0) {
        return ENOENT;
    }
    if (spot->node != NULL) {
        return EEXIST;
    }
    return spot->slash && kind != T_DIR ? ENOTDIR : 0;
}

static void run_mkdir(void)
{
    static struct spot spot;

    if (!spot_make(&spot, NEW)) {
        return;
    }
    int want = expect_create(&spot, T_DIR);
    if (want == 0 && (model.nodes >= NODES_MAX ||
                      node_depth(spot.directory) >= DEPTH_MAX - 1)) {
        return;
    }
    detail("%s", spot.path);
    if (TRY(-want, mkdir(spot.path))) {
        directory_add(spot.directory, spot.name, node_create(T_DIR));
    }
}

/* Create a file that must not exist yet. */
static void run_create(void)
{
    static struct spot spot;
    int fd = slot_free() + FIRST;

    if (fd == SLOTS + FIRST || !spot_make(&spot, NEW)) {
        return;
    }
    int want = expect_create(&spot, T_FILE);
    if (want == 0 && model.nodes >= NODES_MAX) {
        return;
    }
    detail("%s", spot.path);
    if (TRY(want == 0 ? fd : -want,
            open(spot.path, O_RDWR | O_CREATE | O_EXCL))) {
        directory_add(spot.directory, spot.name, node_create(T_FILE));
        if (!options.dry) {
            close(fd);
        }
    }
}

static void run_symlink(void)
{
    static struct spot spot;
    static char target[MAXPATH];

    path_make(target, OLD);
    if (!spot_make(&spot, NEW)) {
        return;
    }
    if (random_below(20) == 0) {
        target[0] = '\0';
    }
    int want = target[0] == '\0' ? ENOENT : expect_create(&spot, T_SYMLINK);
    if (want == 0 && model.nodes >= NODES_MAX) {
        return;
    }
    detail("%s to %s", spot.path, target);
    if (TRY(-want, symlink(target, spot.path))) {
        struct node *link = node_create(T_SYMLINK);
        link->target = must_alloc(strlen(target) + 1);
        strcpy(link->target, target);
        directory_add(spot.directory, spot.name, link);
    }
}

static void run_link(void)
{
    static struct spot spot;
    static char old[MAXPATH];
    struct node *node;
    int want = path_find(path_make(old, OLD), &node);

    if (want == ESCAPES || !spot_make(&spot, NEW)) {
        return;
    }
    if (want == 0) {
        want = spot.error != 0           ? spot.error
               : node->kind == T_DIR     ? EPERM
               : name_is_dots(spot.name) ? EEXIST
                                         : expect_create(&spot, T_FILE);
    }
    detail("%s to %s", spot.path, old);
    if (TRY(-want, link(old, spot.path))) {
        directory_add(spot.directory, spot.name, node);
    }
}

/* The expected result of removing a name: 0 or an error. */
static int expect_remove(const struct spot *spot, bool directory)
{
    if (spot->error != 0) {
        return spot->error;
    }
    if (name_is_dots(spot->name)) {
        return EINVAL;
    }
    if (spot->directory->links == 0 || spot->node == NULL) {
        return ENOENT;
    }
    if (spot->node->kind != T_DIR) {
        return directory || spot->slash ? ENOTDIR : 0;
    }
    return spot->node->names != NULL ? ENOTEMPTY : 0;
}

static void run_unlink(void)
{
    static struct spot spot;

    if (!spot_make(&spot, OLD)) {
        return;
    }
    int want = expect_remove(&spot, false);
    detail("%s", spot.path);
    if (TRY(-want, unlink(spot.path))) {
        directory_remove(spot.directory, spot.name);
    }
}

static void run_rmdir(void)
{
    static struct spot spot;

    if (!spot_make(&spot, OLD)) {
        return;
    }
    int want = expect_remove(&spot, true);
    detail("%s", spot.path);
    if (TRY(-want, rmdir(spot.path))) {
        directory_remove(spot.directory, spot.name);
    }
}

/* Whether a directory is another one or above it. */
static bool is_above(const struct node *upper, const struct node *directory)
{
    while (directory != upper && directory != model.root) {
        directory = directory->parent;
    }
    return directory == upper;
}

/* The expected result of a rename if both names can be looked up. */
static int expect_replace(const struct spot *from, const struct spot *to)
{
    const struct node *node = from->node;
    const struct node *victim = to->node;

    if (from->directory->links == 0 || to->directory->links == 0 ||
        node == NULL) {
        return ENOENT;
    }
    if (node->kind == T_DIR && is_above(node, to->directory)) {
        return EINVAL;
    }
    if ((from->slash || to->slash) && node->kind != T_DIR) {
        return ENOTDIR;
    }
    if (victim == NULL || victim == node) {
        return 0;
    }
    if (victim == from->directory) {
        return ENOTEMPTY;
    }
    if ((node->kind == T_DIR) != (victim->kind == T_DIR)) {
        return node->kind == T_DIR ? ENOTDIR : EISDIR;
    }
    return victim->names != NULL ? ENOTEMPTY : 0;
}

/* The expected result of a rename: 0 or an error. */
static int expect_rename(const struct spot *from, const struct spot *to)
{
    if (from->error != 0 || to->error != 0) {
        return from->error != 0 ? from->error : to->error;
    }
    if (name_is_dots(from->name) || name_is_dots(to->name)) {
        return EINVAL;
    }
    return expect_replace(from, to);
}

static void run_rename(void)
{
    static struct spot from;
    static struct spot to;

    if (!spot_make(&from, OLD) || !spot_make(&to, NEW)) {
        return;
    }
    int want = expect_rename(&from, &to);
    struct node *node = from.node;
    if (want == 0 && node->kind == T_DIR &&
        node_depth(to.directory) + 1 + node_height(node) >= DEPTH_MAX) {
        return;
    }
    detail("%s to %s", from.path, to.path);
    if (TRY(-want, rename(from.path, to.path)) && to.node != node) {
        directory_add(to.directory, to.name, node);
        directory_remove(from.directory, from.name);
    }
}

static void run_chdir(void)
{
    static char path[MAXPATH];
    struct node *node;
    int want = path_find(path_make(path, OLD), &node);

    if (want == ESCAPES) {
        return;
    }
    if (want == 0 && node->kind != T_DIR) {
        want = ENOTDIR;
    }
    detail("%s", path);
    if (TRY(-want, chdir(path))) {
        node->holds++;
        node_drop(model.current);
        model.current = node;
    }
}

/* Create a directory, enter it, and remove it: the current directory is
   gone. */
static void run_strand(void)
{
    static struct spot spot;

    if (!spot_make(&spot, NEW) || spot.path[0] != '/' ||
        expect_create(&spot, T_DIR) != 0 || model.nodes >= NODES_MAX) {
        return;
    }
    detail("%s", spot.path);
    if (TRY(0, mkdir(spot.path)) && TRY(0, chdir(spot.path)) &&
        TRY(0, rmdir(spot.path))) {
        node_drop(model.current);
        model.current = node_create(T_DIR);
        model.current->holds = 1;
    }
}

/* Return to the top of the worker's directory, also out of a removed one. */
static void run_chdir_top(void)
{
    detail("%s", model.prefix);
    if (TRY(0, chdir(model.prefix))) {
        model.root->holds++;
        node_drop(model.current);
        model.current = model.root;
    }
}

/* Write the path of the current directory so that it ends at `end`, one past
   its final NUL. */
static char *current_path(char *end)
{
    const struct node *directory = model.current;
    const struct name *name;

    *--end = '\0';
    for (; directory != model.root; directory = directory->parent) {
        for (name = directory->parent->names; name->node != directory;) {
            name = name->next;
        }
        size_t n = strlen(name->text);
        end -= n;
        memcpy(end, name->text, n);
        *--end = '/';
    }
    size_t n = strlen(model.prefix);
    return memcpy(end - n, model.prefix, n);
}

static void run_getcwd(void)
{
    static char room[MAXPATH];
    static char got[MAXPATH];
    long want = model.current->links == 0 ? -ENOENT : 0;

    if (TRY(want, getcwd(got, sizeof(got)) != NULL ? 0 : -1)) {
        const char *path = current_path(room + sizeof(room));
        if (!options.dry && strcmp(got, path) != 0) {
            fail("getcwd: %s, not %s", got, path);
        }
    }
}

/* The expected result of looking up a name without following it: 0 or an
   error. */
static int find_itself(const struct spot *spot, struct node **out)
{
    if (spot->error != 0) {
        return spot->error;
    }
    if (spot->directory->links == 0) {
        return ENOENT;
    }
    if (spot->slash || name_is_dots(spot->name)) {
        return path_find(spot->path, out); // links are followed
    }
    *out = spot->node;
    return *out == NULL ? ENOENT : 0;
}

static void run_lstat(void)
{
    static struct spot spot;
    struct node *node;
    struct stat st;

    if (!spot_make(&spot, OLD)) {
        return;
    }
    int want = find_itself(&spot, &node);
    if (want == ESCAPES) {
        return;
    }
    detail("%s", spot.path);
    if (!TRY(-want, lstat(spot.path, &st)) || options.dry) {
        return;
    }
    size_t size =
        node->kind == T_SYMLINK ? strlen(node->target) : (size_t)node->size;
    if (st.type != node->kind ||
        (node->kind != T_DIR && (st.nlink != node->links || st.size != size))) {
        fail("lstat: type %d, %d names, %lu bytes; not %d, %d, %lu", st.type,
             st.nlink, st.size, node->kind, node->links, size);
    }
}

/* The expected result of readlink: the length or a negative error. */
static long expect_readlink(const struct spot *spot, long room)
{
    struct node *node;
    int error = find_itself(spot, &node);

    if (error != 0 || node->kind != T_SYMLINK) {
        return error != 0 ? -error : -EINVAL;
    }
    long length = (long)strlen(node->target);
    return length < room ? length : room;
}

static void run_readlink(void)
{
    static struct spot spot;
    static char target[MAXPATH];

    if (!spot_make(&spot, OLD)) {
        return;
    }
    long room = random_below(4) == 0 ? 5 : (long)sizeof(target);
    long want = expect_readlink(&spot, room);
    if (want == -ESCAPES) {
        return;
    }
    detail("%s", spot.path);
    if (TRY(want, readlink(spot.path, target, (int)room)) && !options.dry &&
        memcmp(target, spot.node->target, (size_t)want) != 0) {
        fail("another target, not %s", spot.node->target);
    }
}

/* Open a path, check everything about it, close it. */
static void run_look(void)
{
    static char path[MAXPATH];
    struct node *node;
    int want = path_find(path_make(path, OLD), &node);

    if (want == ESCAPES) {
        return;
    }
    detail("%s", path);
    long fd = options.dry ? -want : outcome(open(path, O_RDONLY));
    if (agree("open", fd < 0 ? fd : 0, -want) && !options.dry) {
        check_open((int)fd, node);
        close((int)fd);
    }
}

const struct operation name_operations[] = {
    {"mkdir", run_mkdir, 8, true},
    {"create", run_create, 6, true},
    {"symlink", run_symlink, 8, true},
    {"link", run_link, 24, true},
    {"unlink", run_unlink, 6, true},
    {"rmdir", run_rmdir, 3, true},
    {"rename", run_rename, 12, true},
    {"chdir", run_chdir, 4, true},
    {"strand", run_strand, 6, false},
    {"chdir to the top", run_chdir_top, 2, true},
    {"getcwd", run_getcwd, 2, true},
    {"readlink", run_readlink, 5, true},
    {"lstat", run_lstat, 5, true},
    {"look", run_look, 6, true},
    {0},
};
