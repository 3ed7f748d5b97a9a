/*
 * The model: the expected files, directories, and links.
 *
 * A node corresponds to an inode on the disk.  It is freed with its last name
 * and its last holder.  The contents of a file are stored by block, so the
 * model of a sparse file is small, too.
 */
#include "grind.h"

struct model model;

/* Zeroed memory; ends this worker if there is none. */
void *must_alloc(size_t n)
{
    void *memory = calloc(1, n);

    if (memory == NULL) {
        fail("no memory for the model");
    }
    return memory;
}

/* Start with an empty directory, which is the current one. */
void model_begin(int worker)
{
    model = (struct model){0};
    snprintf(model.prefix, sizeof(model.prefix), BASE "/w%d", worker);
    model.root = node_create(T_DIR);
    model.root->links = 1;
    model.root->parent = model.root;
    model.root->holds = 1;
    model.current = model.root;
}

/* A node without names. */
struct node *node_create(int kind)
{
    struct node *node = must_alloc(sizeof(*node));

    node->kind = kind;
    node->change = now.number;
    if (kind == T_FILE) {
        node->blocks = must_alloc(FILE_BLOCKS * sizeof(*node->blocks));
    }
    model.nodes++;
    return node;
}

/* Free a node if nothing refers to it. */
static void node_free_unused(struct node *node)
{
    if (node->links > 0 || node->holds > 0) {
        return;
    }
    if (node->kind == T_FILE) {
        file_resize(node, 0);
    }
    free(node->blocks);
    free(node->target);
    free(node);
    model.nodes--;
}

/* Remove a name of a node. */
void node_put(struct node *node)
{
    node->links--;
    node_free_unused(node);
}

/* Remove a holder of a node. */
void node_drop(struct node *node)
{
    node->holds--;
    node_free_unused(node);
}

/* The number of directories above one. */
int node_depth(const struct node *directory)
{
    int depth = 0;

    for (; directory != model.root; directory = directory->parent) {
        depth++;
    }
    return depth;
}

/* The height of the tree of directories below a node. */
int node_height(const struct node *node)
{
    int height = 0;

    for (const struct name *n = node->names; n != NULL; n = n->next) {
        int below = n->node->kind == T_DIR ? node_height(n->node) + 1 : 0;

        height = below > height ? below : height;
    }
    return height;
}

/* The link to a name in a directory; a link to NULL if the name does not
   exist. */
struct name **directory_find(struct node *directory, const char *text)
{
    struct name **at = &directory->names;

    while (*at != NULL && strcmp((*at)->text, text) != 0) {
        at = &(*at)->next;
    }
    return at;
}

/* Add a name for a node, replacing the node that had this name. */
void directory_add(struct node *directory, const char *text, struct node *node)
{
    struct name **at = directory_find(directory, text);

    node->links++;
    if (*at != NULL) {
        node_put((*at)->node);
    } else {
        *at = must_alloc(sizeof(**at));
        strcpy((*at)->text, text);
    }
    (*at)->node = node;
    if (node->kind == T_DIR) {
        node->parent = directory;
    }
}

/* Remove a name. */
void directory_remove(struct node *directory, const char *text)
{
    struct name **at = directory_find(directory, text);
    struct name *gone = *at;

    *at = gone->next;
    node_put(gone->node);
    free(gone);
}

/* Write to a file, which may grow. */
void file_write(struct node *file, long at, const void *bytes, long n)
{
    const unsigned char *from = bytes;

    for (long done = 0; done < n;) {
        unsigned char **block = &file->blocks[(at + done) / BLOCK];
        long to = (at + done) % BLOCK;
        long piece = n - done < BLOCK - to ? n - done : BLOCK - to;

        if (*block == NULL) {
            *block = must_alloc(BLOCK);
            model.blocks++;
        }
        memcpy(*block + to, from + done, (size_t)piece);
        done += piece;
    }
    if (n > 0) {
        file->size = at + n > file->size ? at + n : file->size;
        file->change = now.number;
    }
}

/* Read from a file; past its end there are zeros. */
void file_read(const struct node *file, long at, void *bytes, long n)
{
    unsigned char *to = bytes;

    for (long done = 0; done < n;) {
        const unsigned char *block = file->blocks[(at + done) / BLOCK];
        long from = (at + done) % BLOCK;
        long piece = n - done < BLOCK - from ? n - done : BLOCK - from;

        if (block != NULL) {
            memcpy(to + done, block + from, (size_t)piece);
        } else {
            memset(to + done, 0, (size_t)piece);
        }
        done += piece;
    }
}

/* Set the size of a file; new bytes are zero. */
void file_resize(struct node *file, long size)
{
    long keep = (size + BLOCK - 1) / BLOCK;
    long last = size / BLOCK;

    for (long i = keep; i < FILE_BLOCKS && file->size > size; i++) {
        model.blocks -= file->blocks[i] != NULL;
        free(file->blocks[i]);
        file->blocks[i] = NULL;
    }
    if (size % BLOCK != 0 && file->blocks[last] != NULL) {
        memset(file->blocks[last] + size % BLOCK, 0,
               (size_t)(BLOCK - size % BLOCK));
    }
    file->size = size;
    file->change = now.number;
}
