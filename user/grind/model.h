#pragma once

#include <stdbool.h>
#include "kernel/stat.h"
#include "user/user.h"

/*
 * The model: the expected files, directories, and links of a worker.
 */
#define BASE "/ground" // everything that grind creates is below it

enum {
    BLOCK = 4096,
    FILE_BLOCKS = 1100, // maximum size: past the indirect block
    FILE_BYTES = FILE_BLOCKS * BLOCK,
    DIRECT_END = 20 * BLOCK,     // where the single indirect block begins
    INDIRECT_END = 1044 * BLOCK, // where the double indirect block begins
    WRITE_MAX = 24 * BLOCK,      // maximum bytes of one write
    NODES_MAX = 60,              // files and directories of a worker
    BLOCKS_MAX = 300,            // blocks of the files of a worker
    DEPTH_MAX = 5,               // nesting of directories
    ESCAPES = 1000,              // an error: the path leads out of the model
    OLD = 80, // how often, in percent, the last name of a path exists
    NEW = 25, // how often it does when a name is to be created
};

struct name;

struct node {
    int kind;    // T_FILE, T_DIR or T_SYMLINK
    int links;   // names
    int holds;   // open file descriptions, and the current directory
    long size;   // bytes, of a file
    long change; // number of the operation that last changed the contents
    unsigned char **blocks; // of a file; NULL: zeros
    struct name *names;     // of a directory
    struct node *parent;    // of a directory
    char *target;           // of a link
    uint32_t number;        // inode, and the walk that found it
    unsigned walk;
};

struct name {
    struct name *next;
    struct node *node;
    char text[NAMEMAX + 1];
};

/* The state of a worker: its directory, its current directory, its totals. */
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
void node_put(struct node *node);  // remove one name
void node_drop(struct node *node); // remove one holder
int node_depth(const struct node *directory);
int node_height(const struct node *node);
struct name **directory_find(struct node *directory, const char *text);
void directory_add(struct node *directory, const char *text, struct node *node);
void directory_remove(struct node *directory, const char *text);
void file_write(struct node *file, long at, const void *bytes, long n);
void file_read(const struct node *file, long at, void *bytes, long n);
void file_resize(struct node *file, long size);

/* Paths: lookup in the model, and random paths. */
int path_find(const char *path, struct node **out);
int path_find_last(const char *path, struct node **directory, char *name,
                   bool *slash, struct node **node);
const char *path_make(char *path, uint32_t there);
bool name_is_dots(const char *name);
