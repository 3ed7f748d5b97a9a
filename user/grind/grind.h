#pragma once

#include <stdbool.h>
#include "kernel/stat.h"
#include "user/user.h"

/*
 * What the parts of grind share.  Each worker is a process with a folder of its
 * own and a model of what is in it; main.c says more.
 */
#define BASE "/ground" // all that grind makes is below it

enum {
    BLOCK = 4096,
    FILE_BLOCKS = 1100, // of a file: past its indirect block
    FILE_BYTES = FILE_BLOCKS * BLOCK,
    DIRECT_END = 20 * BLOCK,     // where the indirect block begins
    INDIRECT_END = 1044 * BLOCK, // where the double-indirect one begins
    WRITE_MAX = 24 * BLOCK,      // bytes of one write
    NODES_MAX = 60,              // files and folders of a worker
    BLOCKS_MAX = 300,            // blocks of the files of a worker
    DEPTH_MAX = 5,               // of folders
    SLOTS = 14,                  // descriptors of a worker, from 3 on
    WORKERS_MAX = 16,
    ESCAPES = 1000, // an error: the path leads out of the model
};

/* The command line, and what follows from it. */
struct options {
    unsigned seed;
    long operations; // of each worker
    int workers;
    bool tolerant; // memory or disk may run out: others use them, too
    bool durable;  // only what is one operation of the log; say what is durable
    bool dry;      // change the model only
    const char *stood; // check after a crash: what was durable
};
extern struct options options;

/* ---- model.c: files, folders and links as they should be ---------------- */

struct name;

struct node {
    int kind;    // T_FILE, T_DIR or T_SYMLINK
    int links;   // names
    int holds;   // open descriptions, and the current folder
    long size;   // bytes, of a file
    long change; // number of the operation that last changed the contents
    unsigned char **blocks; // of a file; NULL: zeros
    struct name *names;     // of a folder
    struct node *parent;    // of a folder
    char *target;           // of a link
    uint32_t number;        // inode, learned by a walk, and in which
    unsigned walk;
};

struct name {
    struct name *next;
    struct node *node;
    char text[NAMEMAX + 1];
};

/* What there is: the worker's folder, where it stands, what it has taken. */
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
int node_depth(const struct node *folder);
int node_height(const struct node *node);
struct name **folder_find(struct node *folder, const char *text);
void folder_add(struct node *folder, const char *text, struct node *node);
void folder_remove(struct node *folder, const char *text);
void file_write(struct node *file, long at, const void *bytes, long n);
void file_read(const struct node *file, long at, void *bytes, long n);
void file_resize(struct node *file, long size);

/* ---- paths.c: what paths stand for, and making some up ------------------ */

int path_find(const char *path, struct node **out);
int path_find_last(const char *path, struct node **folder, char *name,
                   bool *slash, struct node **node);
const char *path_make(char *path);
bool name_is_dots(const char *name);

/* ---- check.c: comparing ------------------------------------------------- */

/* Where the worker is; printed when something differs. */
struct now {
    int worker;
    long number;
    const char *operation;
    char detail[400];
};
extern struct now now;

uint32_t random_below(uint32_t limit);
void random_start(uint64_t seed);
void detail(const char *format, ...) __attribute__((format(printf, 1, 2)));
void fail(const char *format, ...)
    __attribute__((noreturn, format(printf, 1, 2)));
long outcome(long result);
bool agree(const char *call, long got, long want);
uint64_t digest(void);
void pattern(unsigned char *at, long n, uint32_t seed);
bool check_tree(bool says);
void check_open(int fd, struct node *node);

/* Make a call and compare what it gives with `want`, a result or a negative
   errno; whether it has succeeded, so that the model is to follow. */
#define TRY(want, call)                                                        \
    agree(#call, options.dry ? (long)(want) : outcome((long)(call)), want)

/* ---- operations --------------------------------------------------------- */

struct operation {
    const char *name;
    void (*run)(void);
    int weight;
    bool whole; // one operation of the log, or none
};
extern const struct operation name_operations[];    // names.c
extern const struct operation content_operations[]; // contents.c
extern const struct operation process_operations[]; // processes.c

/* An open file, and the descriptors that share it. */
struct opened {
    struct node *node;
    int slots;
    long offset;
    bool readable;
    bool writable;
    bool append;
};
extern struct opened *slots[SLOTS]; // by descriptor - 3

/* Writes n bytes; the outcome. */
typedef long write_fn(int fd, const void *from, long n);

int slot_free(void);
int slot_some(void);
void slot_set(int slot, struct opened *opened);
void slots_close(void);
void slots_check(void);
void opened_write(int slot, long n, write_fn *how);

/* ---- shared.c: a folder that all workers use ---------------------------- */

void shared_begin(void);
void shared_step(int worker, uint32_t choice, uint32_t seed);
void shared_check(int worker); // its records must all be there; -1: of none
