#pragma once

#include <stdbool.h>
#include "kernel/stat.h"
#include "user/user.h"

/*
 * The model: a worker's files, directories and links as they should be.
 */
#define BASE "/ground" // all that grind makes is below it

enum {
    BLOCK = 4096,
    FILE_BLOCKS = 1100, // of a file: past its indirect block
    FILE_BYTES = FILE_BLOCKS * BLOCK,
    DIRECT_END = 20 * BLOCK,     // where the indirect block begins
    INDIRECT_END = 1044 * BLOCK, // where the double-indirect one begins
    WRITE_MAX = 24 * BLOCK,      // bytes of one write
    NODES_MAX = 60,              // files and directories of a worker
    BLOCKS_MAX = 300,            // blocks of the files of a worker
    DEPTH_MAX = 5,               // of directories
    ESCAPES = 1000,              // an error: the path leads out of the model
    OLD = 80, // how often, of 100, a path ends in a name that is there
    NEW = 25, // the same where a name is to be made
};

struct name;

struct node {
    int kind;    // T_FILE, T_DIR or T_SYMLINK
    int links;   // names
    int holds;   // open descriptions, and the current directory
    long size;   // bytes, of a file
    long change; // number of the operation that last changed the contents
    unsigned char **blocks; // of a file; NULL: zeros
    struct name *names;     // of a directory
    struct node *parent;    // of a directory
    char *target;           // of a link
    uint32_t number;        // inode, learned by a walk, and in which
    unsigned walk;
};

struct name {
    struct name *next;
    struct node *node;
    char text[NAMEMAX + 1];
};

/* What there is: the worker's directory, where it stands, what it has taken. */
struct model {
    struct node *root;
    struct node *current;
    char prefix[32]; // path of the root
    int nodes;
    int blocks;
};
extern struct model model;

void *must_alloc(size_t n);
void model_begin(int worker);
struct node *node_create(int kind);
void node_put(struct node *node);  // one name less
void node_drop(struct node *node); // one holder less
int node_depth(const struct node *directory);
int node_height(const struct node *node);
struct name **directory_find(struct node *directory, const char *text);
void directory_add(struct node *directory, const char *text, struct node *node);
void directory_remove(struct node *directory, const char *text);
void file_write(struct node *file, long at, const void *bytes, long n);
void file_read(const struct node *file, long at, void *bytes, long n);
void file_resize(struct node *file, long size);

/* Paths: what they stand for, and making some up. */
int path_find(const char *path, struct node **out);
int path_find_last(const char *path, struct node **directory, char *name,
                   bool *slash, struct node **node);
const char *path_make(char *path, uint32_t there);
bool name_is_dots(const char *name);
