#include "fs_model.h"

#include <string.h>
#include "api/stat.h"

/*
 * The model, and all changes that the test makes.
 */

const char *const model_names[NAMES] = {"A", "B", "x", "y"};

const struct model_change model_changes[] = {
    {RENAME, "/A/x", "/B/y"}, {RENAME, "/A/x", "/A/y"},
    {RENAME, "/A/y", "/B/x"}, {RENAME, "/B/x", "/A/x"},
    {RENAME, "/B", "/A/B"},   {RENAME, "/A/B", "/B"},
    {LINK, "/A/x", "/B/y"},   {LINK, "/B/x", "/A/x"},
    {UNLINK, "/A/x", NULL},   {UNLINK, "/B/x", NULL},
    {RMDIR, "/B", NULL},      {RMDIR, "/A/B", NULL},
    {CREATE, "/A/x", NULL},   {CREATE, "/B/y", NULL},
    {MKDIR, "/A/B", NULL},    {MKDIR, "/B", NULL},
    {WRITE, "/A/x", NULL},    {APPEND, "/A/x", NULL},
    {CUT, "/B/x", NULL},      {GROW, "/A/y", NULL},
    {COMMIT, NULL, NULL},
};
const int model_change_count = ARRAY_LENGTH(model_changes);

/* A name in a directory. */
struct place {
    int dir; // -1: no such directory
    int name;
};

static int name_index(const char *text, size_t length)
{
    int i = 0;
    while (strncmp(model_names[i], text, length) != 0 ||
           model_names[i][length] != '\0') {
        i++;
    }
    return i;
}

/* The directory and the name that a path leads to. */
static struct place find(const struct tree *tree, const char *path)
{
    struct place place = {ROOT, 0};
    for (;;) {
        size_t length = strcspn(++path, "/");
        place.name = name_index(path, length);
        path += length;
        if (*path == '\0') {
            return place;
        }
        place.dir = tree->entry[place.dir][place.name];
        if (place.dir == 0 || tree->node[place.dir].type != T_DIR) {
            place.dir = -1;
            return place;
        }
    }
}

/* The node at a place; 0 if none. */
static int node_at(const struct tree *tree, struct place place)
{
    return place.dir < 0 ? 0 : tree->entry[place.dir][place.name];
}

static bool is_empty(const struct tree *tree, int dir)
{
    static const int none[NAMES];
    return memcmp(tree->entry[dir], none, sizeof(none)) == 0;
}

/* Remove a name. */
static void drop(struct tree *tree, struct place place)
{
    struct node *node = &tree->node[node_at(tree, place)];
    tree->entry[place.dir][place.name] = 0;
    if (--node->links == 0) {
        memset(node, 0, sizeof(*node));
    }
}

static bool model_rename(struct tree *tree, struct place from, struct place to)
{
    int node = node_at(tree, from);
    int victim = node_at(tree, to);
    bool is_dir = tree->node[node].type == T_DIR;
    if (node == 0 || to.dir < 0 || to.dir == node ||
        (victim != 0 && victim == from.dir)) {
        return false;
    }
    if (node == victim) {
        return true;
    }
    if (victim != 0) {
        if ((tree->node[victim].type == T_DIR) != is_dir ||
            (is_dir && !is_empty(tree, victim))) {
            return false;
        }
        drop(tree, to);
    }
    tree->entry[from.dir][from.name] = 0;
    tree->entry[to.dir][to.name] = node;
    return true;
}

/* Create a node with a name; returns its number. */
static int model_make(struct tree *tree, struct place at, int type, int number)
{
    tree->node[number] = (struct node){.type = type, .links = 1};
    tree->entry[at.dir][at.name] = number;
    return number;
}

/* Change the contents of a file. */
static void model_fill(struct node *node, enum kind kind, char letter)
{
    int from = kind == WRITE ? 0 : node->units;
    int units = kind == CUT ? 1 : kind == WRITE ? 1 : node->units + 3;
    if (kind != CUT) {
        memset(node->letter + from, kind == GROW ? 0 : letter,
               (size_t)(units - from));
    } else {
        memset(node->letter + units, 0, (size_t)(UNITS - units));
    }
    node->units = kind == CUT || units > node->units ? units : node->units;
}

bool model_change(struct tree *tree, const struct model_change *change, int i,
                  int *next)
{
    if (change->kind == COMMIT) {
        return true;
    }
    struct place at = find(tree, change->path);
    int number = node_at(tree, at);
    struct node *node = &tree->node[number];
    bool is_dir = node->type == T_DIR;
    switch (change->kind) {
    case RENAME:
        return model_rename(tree, at, find(tree, change->to));
    case LINK: {
        struct place to = find(tree, change->to);
        if (number == 0 || to.dir < 0 || node_at(tree, to) != 0) {
            return false;
        }
        tree->entry[to.dir][to.name] = number;
        node->links++;
        return true;
    }
    case UNLINK:
    case RMDIR:
        if (number == 0 || (is_dir && !is_empty(tree, number))) {
            return false;
        }
        drop(tree, at);
        return true;
    case CREATE:
    case MKDIR:
        if (number == 0 && at.dir >= 0) {
            model_make(tree, at, change->kind == MKDIR ? T_DIR : T_FILE,
                       (*next)++);
            return true;
        }
        return number != 0 && change->kind == CREATE;
    default:
        if (number != 0) {
            model_fill(node, change->kind, (char)('b' + i));
        }
        return number != 0;
    }
}
