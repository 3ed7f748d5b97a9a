#pragma once

#include <stddef.h>
#include <stdint.h>

#include "lib/fdt.h"

/*
 * Device trees for the tests of lib/fdt: nodes and properties are added one
 * after another, then tree_finish makes a blob of them.
 *
 *     tree_begin("");  CELLS("reg", 1, 2);  tree_end();  tree_finish();
 */
#define BLOB_MAX (1 << 20) // the size that QEMU writes

/* The blob under construction. */
extern struct tree_build {
    unsigned char nodes[4096];
    size_t nodes_size;
    char strings[4096];
    size_t strings_size;
    unsigned char blob[BLOB_MAX];
    size_t size;
} build;

/* Store a number as a cell. */
void put_be32(unsigned char *at, uint64_t value);

/* Start a new tree; add a bare token, a node's begin and end, a property. */
void tree_clear(void);
void add_cell(uint64_t value);
void begin(const char *name);
void end(void);
void prop(const char *name, const void *data, size_t n);
void prop_string(const char *name, const char *text);
void prop_cells(const char *name, size_t n, const uint64_t *cells);

#define CELLS(name, ...)                                                       \
    prop_cells(name, sizeof((uint64_t[]){__VA_ARGS__}) / 8,                    \
               (uint64_t[]){__VA_ARGS__})

/* Make the blob: header, one reserved range and its end, nodes, strings. */
void build_finish(void);

/* A small machine with everything that the tests read. */
void build_tree(void);

/* Open the blob under construction, copied to a heap block of its exact size,
   so that the sanitizer sees every byte read too far; the caller frees *copy.
   */
int open_copy(unsigned char **copy);
