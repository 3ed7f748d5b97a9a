/*
 * Comparing the kernel's results with the model's, and random numbers.
 */
#include "grind.h"

struct now now;

static uint64_t random_state;
static uint64_t results; // hash of all comparisons so far
static bool loud;        // whether check_tree reports differences

/* Seed the random numbers. */
void random_start(uint64_t seed)
{
    random_state = (seed + 1) * 0x9e3779b97f4a7c15UL | 1;
    for (int i = 0; i < 8; i++) {
        random_below(2); // skip some: similar seeds start with similar numbers
    }
}

/* A number below `limit` (xorshift64*). */
uint32_t random_below(uint32_t limit)
{
    random_state ^= random_state >> 12;
    random_state ^= random_state << 25;
    random_state ^= random_state >> 27;
    return (uint32_t)(random_state * 0x2545f4914f6cdd1dUL >> 32) % limit;
}

/* Fill memory with a pattern that does not repeat over a distance. */
void pattern(unsigned char *at, long n, uint32_t seed)
{
    uint32_t state = seed * 2654435761U + 12345;

    for (long i = 0; i < n; i++) {
        state = state * 1664525 + 1013904223;
        at[i] = (unsigned char)(state >> 24);
    }
}

/* Record what the current operation is about, for an error message. */
void detail(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(now.detail, sizeof(now.detail), format, args);
    va_end(args);
}

/* Report an error, and end this process. */
void fail(const char *format, ...)
{
    char text[400];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    printf("grind: seed %u worker %d operation %ld (%s %s): %s\n", options.seed,
           now.worker, now.number, now.operation, now.detail, text);
    exit(1);
}

/* The result of a call, or its negative errno instead of -1. */
long outcome(long result)
{
    return result == -1 ? -errno : result;
}

/* A result in words. */
static const char *words(long result, char *text, size_t n)
{
    if (result < 0) {
        return strerror((int)-result);
    }
    snprintf(text, n, "%ld", result);
    return text;
}

/* A hash of all results so far; the same seed gives the same hash. */
uint64_t digest(void)
{
    return results;
}

/* Compare a result with the model's; returns whether the call succeeded.  Where
   memory or disk may run out, that is accepted as well. */
bool agree(const char *call, long got, long want)
{
    char a[24];
    char b[24];

    if (options.tolerant && want >= 0 && (got == -ENOSPC || got == -ENOMEM)) {
        return false;
    }
    if (got != want) {
        fail("%s: %s, not %s", call, words(got, a, sizeof(a)),
             words(want, b, sizeof(b)));
    }
    results = (results ^ (uint64_t)want ^ (uint64_t)now.number << 32) *
              1099511628211UL;
    return want >= 0;
}

/* ---- the whole tree ----------------------------------------------------- */

static unsigned walk = 1; // number of the current walk over the tree

/* Report a difference; returns false. */
static bool differs(const char *path, const char *what, long got, long want)
{
    if (loud) {
        printf("grind: seed %u worker %d operation %ld (%s): %s: %s %ld, "
               "not %ld\n",
               options.seed, now.worker, now.number, now.operation, path, what,
               got, want);
    }
    return false;
}

/* Whether an open file has the contents of a node. */
static bool same_bytes(int fd, const char *path, const struct node *node)
{
    static unsigned char want[8 * BLOCK];
    static unsigned char got[8 * BLOCK];

    for (long at = 0; at < node->size; at += (long)sizeof(want)) {
        long n = node->size - at;

        n = n < (long)sizeof(want) ? n : (long)sizeof(want);
        long moved = outcome(read(fd, got, (int)n));
        if (moved != n) {
            return differs(path, "bytes read", moved, n);
        }
        file_read(node, at, want, n);
        for (long i = 0; i < n; i++) {
            if (got[i] != want[i]) {
                if (loud) {
                    printf("at byte %ld: ", at + i);
                }
                return differs(path, "byte", got[i], want[i]);
            }
        }
    }
    long more = outcome(read(fd, got, 1));
    return more == 0 || differs(path, "bytes past the end", more, 0);
}

/* Whether an open file matches the model, apart from its contents. */
static bool same_status(int fd, const char *path, struct node *node)
{
    struct stat st;
    long result = outcome(fstat(fd, &st));

    if (result != 0) {
        return differs(path, "fstat", result, 0);
    }
    if (st.type != node->kind) {
        return differs(path, "type", st.type, node->kind);
    }
    if (st.nlink != node->links) {
        return differs(path, "links", st.nlink, node->links);
    }
    if (node->kind == T_FILE && (long)st.size != node->size) {
        return differs(path, "size", (long)st.size, node->size);
    }
    if (node->walk == walk && node->number != st.ino) {
        return differs(path, "inode of another name", st.ino, node->number);
    }
    node->walk = walk;
    node->number = st.ino;
    return true;
}

static bool same_directory(int fd, const char *path, struct node *directory);

/* Whether a path is a symbolic link with the expected target. */
static bool same_link(const char *path, const struct node *link)
{
    char target[MAXPATH];
    long want = (long)strlen(link->target);
    long n = outcome(readlink(path, target, sizeof(target)));

    return (n == want && memcmp(target, link->target, (size_t)n) == 0) ||
           differs(path, "length of the target", n, want);
}

/* Whether a path leads to what the model expects. */
static bool same_node(const char *path, struct node *node)
{
    char target;

    if (node->kind == T_SYMLINK) {
        return same_link(path, node);
    }
    long result = outcome(readlink(path, &target, 1));
    if (result != -EINVAL) {
        return differs(path, "readlink", result, -EINVAL);
    }
    int fd = open(path, O_RDONLY);
    if (fd < 0) {
        return differs(path, "open", -errno, 0);
    }
    bool same = same_status(fd, path, node) &&
                (node->kind == T_FILE ? same_bytes(fd, path, node)
                                      : same_directory(fd, path, node));
    close(fd);
    return same;
}

/* Whether an open directory lists exactly the expected names. */
static bool same_names(int fd, const char *path, struct node *directory)
{
    struct dirent list[5]; // small, so that one read does not return all
    long listed = 0;
    long want = 2; // "." and ".."
    int n;

    while ((n = read(fd, list, sizeof(list))) > 0) {
        for (int i = 0; i < n / (int)sizeof(list[0]); i++, listed++) {
            if (!name_is_dots(list[i].name) &&
                *directory_find(directory, list[i].name) == NULL) {
                return differs(path, list[i].name, 1, 0);
            }
        }
    }
    for (const struct name *at = directory->names; at != NULL; at = at->next) {
        want++;
    }
    return (n == 0 && listed == want) || differs(path, "names", listed, want);
}

/* Whether a directory has the expected names, and everything below it
   matches. */
static bool same_directory(int fd, const char *path, struct node *directory)
{
    bool same = same_names(fd, path, directory);
    char *below = must_alloc(MAXPATH);

    for (struct name *n = directory->names; n != NULL && same; n = n->next) {
        snprintf(below, MAXPATH, "%s/%s", path, n->text);
        same = same_node(below, n->node);
    }
    free(below);
    return same;
}

/* Whether the tree on the disk matches the model; reports differences if
   `says`. */
bool check_tree(bool says)
{
    loud = says;
    walk++;
    return same_node(model.prefix, model.root);
}

/* Check an open file from its start; this moves the position.  Of a directory,
   only the names are compared, not what is below them. */
void check_open(int fd, struct node *node)
{
    loud = true;
    bool same = same_status(fd, "status", node) &&
                (node->kind == T_DIR ? same_names(fd, "names", node)
                                     : same_bytes(fd, "contents", node));
    if (!same) {
        fail("descriptor %d is not as it should be", fd);
    }
}
