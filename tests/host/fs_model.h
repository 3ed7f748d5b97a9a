#pragma once

#include "lib/base.h"

/*
 * A model of directories and files, for tests that compare it with a file
 * system. Initially there are two directories, nodes 1 and 2, and three files.
 */
enum { ROOT, FIRST_FILE = 3, FIRST_NEW = 6, NODES = 10 };
enum { UNIT = 1000, UNITS = 12 }; // contents, in pieces of one letter
enum { NAMES = 4 };

/* A directory or a file; all zero if it has no name. */
struct node {
    int type;
    int links;
    int units;
    char letter[UNITS];
};

/* The whole tree: the model's, or the one that a mount found.  An entry is the
   number of a node, 0 for none. */
struct tree {
    int entry[NODES][NAMES];
    struct node node[NODES];
};

enum kind {
    RENAME,
    LINK,
    UNLINK,
    RMDIR,
    CREATE,
    MKDIR,
    WRITE,
    APPEND,
    CUT,
    GROW,
    COMMIT, // no effect in the model
};

struct model_change {
    enum kind kind;
    const char *path;
    const char *to;
};

extern const char *const model_names[NAMES];
extern const struct model_change model_changes[];
extern const int model_change_count;

/* Apply change number i of a sequence to the model; returns whether it is
   possible. *next is the number for a new node. */
bool model_change(struct tree *tree, const struct model_change *change, int i,
                  int *next);
