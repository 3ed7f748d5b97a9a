#pragma once

#include "lib/base.h"

/*
 * Reader for the flattened device tree.  fdt_open checks the whole blob once;
 * after that every call below is safe.  A node is named by its position, an int
 * >= 0; functions that look for a node return -ENOENT when there is none, and a
 * negative node has nothing in it.  Pointers returned point into the blob.
 */
#define FDT_ROOT 0 // position of the root node

/* Check the blob at `blob`, of which at most `max` bytes may be read; from now
   on all answers come from it.  Returns its size in bytes, or -EINVAL. */
int fdt_open(const void *blob, size_t max);

/* Walking: a node's first child, its next sibling, and the node that follows it
   in the text whatever its depth. */
int fdt_child(int node);
int fdt_sibling(int node);
int fdt_next(int node);

#define fdt_for_each_child(node, parent)                                       \
    for (int node = fdt_child(parent); node >= 0; node = fdt_sibling(node))

/* The node at a path from another, like "/soc/serial@10000000", which a ":" may
   end.  Of several children with a name, the first. */
int fdt_find(int node, const char *path);

/* Whether that is the node's name; "@address" may be left out. */
bool fdt_is_named(int node, const char *name);

/* Whether the node's status says it may be used. */
bool fdt_is_enabled(int node);

/* Whether a node has a property. */
bool fdt_has(int node, const char *name);

/* A property that is a string, or NULL. */
const char *fdt_string(int node, const char *name);

/* Whether a property is a list of strings with `item` among them. */
bool fdt_has_string(int node, const char *name, const char *item);

/* The index-th 32-bit cell of a property; -ENOENT when there is none. */
int fdt_cell(int node, const char *name, size_t index, uint32_t *out);

/* A property of one or two cells as one number; `otherwise` when it is absent.
   fdt_inherited looks at the node, and then at the nearest one above that has
   the property. */
uint64_t fdt_number(int node, const char *name, uint64_t otherwise);
uint64_t fdt_inherited(int node, const char *name, uint64_t otherwise);

/* The index-th entry of the node's reg, by the cell counts of its parent;
   -ENOENT when there are fewer; -EINVAL.  Bus addresses are taken to be
   physical addresses. */
int fdt_reg(int node, size_t index, struct region *out);

/* The index-th entry of the memory reservation block; -ENOENT for the first
   that is none (do not ask for those behind it), -EINVAL if it wraps around. */
int fdt_reserved(size_t index, struct region *out);
