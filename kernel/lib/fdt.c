#include "lib/fdt.h"
#include "lib/str.h"

/*
 * Reader for flattened device trees, format version 17: how the firmware tells
 * what machine this is.
 *
 *     header | reserved ranges | structure block | strings block
 *
 * The structure block is a row of tokens, each aligned to 4 bytes:
 *
 *     BEGIN_NODE name      PROP length name-offset bytes
 *     END_NODE             NOP             END
 *
 * All numbers are big-endian.  A node is named by the position of its
 * BEGIN_NODE token, counted from that of the root; nothing is built in memory,
 * so every question is answered by reading tokens again.
 *
 * fdt_open has seen each token once: nodes are nested properly below one root,
 * every name ends within its block, the last token is END.  token_read, the
 * only place that interprets tokens, still checks each against the end of the
 * block; what does not fit reads as END, and every loop stops at END.
 *
 * Pure: no locks, no memory but the blob, which must not change.  riscv/machine
 * asks it at boot; the host tests feed it mutated blobs.
 */

#define FDT_MAGIC   0xd00dfeed
#define FDT_VERSION 17 // understood, with all that is compatible with it

/* Offsets of fields in the header. */
enum header_field {
    HEADER_MAGIC = 0,
    HEADER_TOTAL_SIZE = 4,
    HEADER_STRUCT = 8,
    HEADER_STRINGS = 12,
    HEADER_RESERVE = 16,
    HEADER_VERSION = 20,
    HEADER_COMPATIBLE = 24,
    HEADER_STRINGS_SIZE = 32,
    HEADER_STRUCT_SIZE = 36,
    HEADER_SIZE = 40,
};

/* The tree that is open; positions of nodes count from `nodes`. */
static struct {
    const unsigned char *blob;
    uint32_t size;         // of the whole blob, bytes
    uint32_t nodes;        // where the root node starts
    uint32_t nodes_end;    // just past the structure block
    uint32_t strings;      // where the names of properties start
    uint32_t strings_size; // bytes
    uint32_t reserve;      // where the reserved ranges start
} tree;                    // [i] after fdt_open

enum token_kind {
    TOKEN_BEGIN = 1,
    TOKEN_END_NODE = 2,
    TOKEN_PROP = 3,
    TOKEN_NOP = 4,
    TOKEN_END = 9,
};

/* One token of the structure block, taken apart. */
struct token {
    enum token_kind kind;
    uint32_t at;               // its position
    uint32_t next;             // the position behind it; 0 when malformed
    const char *name;          // BEGIN: of the node; PROP: of the property
    const unsigned char *data; // PROP
    uint32_t length;           // PROP: bytes of data
};

static uint32_t read_be32(const unsigned char *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 |
           (uint32_t)at[2] << 8 | at[3];
}

/* A number of no, one or two cells. */
static uint64_t read_cells(const unsigned char *at, uint64_t cells)
{
    uint64_t value = 0;
    for (uint64_t i = 0; i < cells; i++) {
        value = value << 32 | read_be32(at + 4 * i);
    }
    return value;
}

/*
 * Read the first token at or after a position that is not NOP.  Whatever is
 * not a whole token within the structure block reads as END.
 */
static struct token token_read(uint32_t position)
{
    struct token token = {.kind = TOKEN_END, .at = position, .name = ""};
    const unsigned char *at = tree.blob + tree.nodes + position;
    const unsigned char *end = tree.blob + tree.nodes_end;
    while (end - at >= 4 && read_be32(at) == TOKEN_NOP) {
        at += 4;
        token.at += 4;
    }
    uint64_t room = at < end ? (uint64_t)(end - at) : 0;
    uint32_t kind = room >= 4 ? read_be32(at) : TOKEN_END;
    uint64_t length = 4;
    if (kind == TOKEN_BEGIN) {
        token.name = (const char *)at + 4;
        length += strnlen(token.name, room - 4) + 1;
    } else if (kind == TOKEN_PROP && room >= 12 &&
               read_be32(at + 8) < tree.strings_size) {
        token.length = read_be32(at + 4);
        token.name = (const char *)tree.blob + tree.strings + read_be32(at + 8);
        token.data = at + 12;
        length = 12 + (uint64_t)token.length;
    } else if (kind != TOKEN_END_NODE && kind != TOKEN_END) {
        return token;
    }
    if (length <= room) {
        token.kind = (enum token_kind)kind;
        token.next = token.at + (uint32_t)round_up(length, 4);
    }
    return token;
}

/* The first token inside a node; END for a negative node. */
static struct token token_enter(int node)
{
    if (node < 0) {
        return (struct token){.kind = TOKEN_END, .name = ""};
    }
    return token_read(token_read((uint32_t)node).next);
}

/* The token behind the END_NODE of a node; END, too, where that is missing. */
static struct token token_leave(int node)
{
    struct token token = token_enter(node);
    int depth = 1;
    while (depth > 0 && token.kind != TOKEN_END) {
        depth += token.kind == TOKEN_BEGIN;
        depth -= token.kind == TOKEN_END_NODE;
        token = token_read(token.next);
    }
    token.next = depth > 0 ? 0 : token.next;
    return token;
}

/* The node that a BEGIN token starts; -ENOENT for any other token. */
static int token_node(struct token token)
{
    return token.kind == TOKEN_BEGIN ? (int)token.at : -ENOENT;
}

/* The PROP token of a property; one without data when the node lacks it.
   (Inline, because most time with the tree is spent here.) */
static inline struct token token_property(int node, const char *name)
{
    struct token token = token_enter(node);
    while (token.kind == TOKEN_PROP && strcmp(token.name, name) != 0) {
        token = token_read(token.next);
    }
    return token;
}

/* Read the header; false when it cannot be used. */
static bool fdt_header_read(const unsigned char *blob, size_t max)
{
    if (max < HEADER_SIZE || read_be32(blob + HEADER_MAGIC) != FDT_MAGIC ||
        read_be32(blob + HEADER_VERSION) < FDT_VERSION ||
        read_be32(blob + HEADER_COMPATIBLE) > FDT_VERSION) {
        return false;
    }
    tree.blob = blob;
    tree.size = read_be32(blob + HEADER_TOTAL_SIZE);
    tree.nodes = read_be32(blob + HEADER_STRUCT);
    tree.nodes_end = tree.nodes + read_be32(blob + HEADER_STRUCT_SIZE);
    tree.strings = read_be32(blob + HEADER_STRINGS);
    tree.strings_size = read_be32(blob + HEADER_STRINGS_SIZE);
    tree.reserve = read_be32(blob + HEADER_RESERVE);
    uint32_t strings_end = tree.strings + tree.strings_size;

    // A sum that has wrapped ends below its start.
    return tree.size >= HEADER_SIZE && tree.size <= max &&
           tree.size <= INT32_MAX && tree.nodes <= tree.nodes_end &&
           tree.nodes_end <= tree.size && tree.strings < strings_end &&
           strings_end <= tree.size && blob[strings_end - 1] == '\0' &&
           tree.reserve <= tree.size;
}

/* Check the structure block and make positions count from the root. */
static bool nodes_check(void)
{
    struct token root = token_read(0);
    tree.nodes += root.at;
    struct token last = token_leave(FDT_ROOT);
    return root.kind == TOKEN_BEGIN && last.kind == TOKEN_END && last.next != 0;
}

/* A damaged tree and one of an unknown version are alike here. */
int fdt_open(const void *blob, size_t max)
{
    return fdt_header_read(blob, max) && nodes_check() ? (int)tree.size
                                                       : -EINVAL;
}

int fdt_child(int node)
{
    struct token token = token_enter(node);
    while (token.kind == TOKEN_PROP) {
        token = token_read(token.next);
    }
    return token_node(token);
}

int fdt_sibling(int node)
{
    return token_node(token_leave(node));
}

/* The next token that begins a node follows properties and ends of nodes. */
int fdt_next(int node)
{
    struct token token = token_enter(node);
    while (token.kind == TOKEN_PROP || token.kind == TOKEN_END_NODE) {
        token = token_read(token.next);
    }
    return token_node(token);
}

/* The parent of a node: walk down from the root, each time past the children
   that end before the node.  The root is its own parent. */
static int node_parent(int node)
{
    int parent = FDT_ROOT;
    int at = fdt_child(FDT_ROOT);
    while (at >= 0 && at < node) {
        int next = fdt_sibling(at);
        if (next < 0 || next > node) {
            parent = at;
            next = fdt_child(at);
        }
        at = next;
    }
    return parent;
}

/* Whether a node is called so, with "@address" or without. */
static bool node_has_name(int node, const char *name, size_t length)
{
    const char *whole = token_read((uint32_t)node).name;
    return strncmp(whole, name, length) == 0 &&
           (whole[length] == '\0' || whole[length] == '@');
}

bool fdt_is_named(int node, const char *name)
{
    return node >= 0 && node_has_name(node, name, strlen(name));
}

/* Each name in the path selects a child.  strchr finds the final NUL, too. */
int fdt_find(int node, const char *path)
{
    while (*path != '\0' && *path != ':') {
        path += *path == '/';
        size_t length = 0;
        while (strchr("/:", path[length]) == NULL) {
            length++;
        }
        node = fdt_child(node);
        while (node >= 0 && !node_has_name(node, path, length)) {
            node = fdt_sibling(node);
        }
        path += length;
    }
    return node;
}

bool fdt_has(int node, const char *name)
{
    return token_property(node, name).data != NULL;
}

/* A property without a NUL in it is no string. */
const char *fdt_string(int node, const char *name)
{
    struct token property = token_property(node, name);
    size_t length = property.length;
    const char *text = (const char *)property.data;
    return length > 0 && strnlen(text, length) < length ? text : NULL;
}

bool fdt_has_string(int node, const char *name, const char *item)
{
    struct token list = token_property(node, name);
    const char *text = (const char *)list.data;
    size_t size = strlen(item) + 1;
    for (size_t at = 0; at < list.length;
         at += strnlen(text + at, list.length - at) + 1) {
        if (size <= list.length - at && memcmp(text + at, item, size) == 0) {
            return true;
        }
    }
    return false;
}

int fdt_cell(int node, const char *name, size_t index, uint32_t *out)
{
    struct token property = token_property(node, name);
    if (index >= property.length / 4) {
        return -ENOENT;
    }
    *out = read_be32(property.data + index * 4);
    return 0;
}

/* A node without a status is enabled (devicetree specification 0.4, section
   2.3.4). */
bool fdt_is_enabled(int node)
{
    return !fdt_has(node, "status") || fdt_has_string(node, "status", "okay") ||
           fdt_has_string(node, "status", "ok");
}

/* One or two cells make a number; whatever else is there does not. */
uint64_t fdt_number(int node, const char *name, uint64_t otherwise)
{
    struct token property = token_property(node, name);
    bool is_number = property.length == 4 || property.length == 8;
    return is_number ? read_cells(property.data, property.length / 4)
                     : otherwise;
}

uint64_t fdt_inherited(int node, const char *name, uint64_t otherwise)
{
    while (node > FDT_ROOT && !fdt_has(node, name)) {
        node = node_parent(node);
    }
    return fdt_number(node, name, otherwise);
}

/*
 * -EINVAL means that an entry has more than 64 bits or wraps around, or that
 * reg is no whole number of entries: then the parent's cell counts are wrong,
 * or are missing where the standard's defaults, 2 and 1, do not hold.
 */
int fdt_reg(int node, size_t index, struct region *out)
{
    int parent = node_parent(node);
    uint64_t address_cells = fdt_number(parent, "#address-cells", 2);
    uint64_t size_cells = fdt_number(parent, "#size-cells", 1);
    struct token reg = token_property(node, "reg");
    if (reg.data == NULL) {
        return -ENOENT;
    }
    if (address_cells < 1 || address_cells > 2 || size_cells > 2) {
        return -EINVAL;
    }
    size_t entry = 4 * (address_cells + size_cells);
    if (reg.length % entry != 0) {
        return -EINVAL;
    }
    if (index >= reg.length / entry) {
        return -ENOENT;
    }
    const unsigned char *at = reg.data + index * entry;
    out->start = read_cells(at, address_cells);
    out->end = out->start + read_cells(at + 4 * address_cells, size_cells);
    return out->end < out->start ? -EINVAL : 0;
}

/* A range of zeros ends the list, or else the end of the blob does. */
int fdt_reserved(size_t index, struct region *out)
{
    if (index >= (tree.size - tree.reserve) / 16) {
        return -ENOENT;
    }
    const unsigned char *at = tree.blob + tree.reserve + index * 16;
    out->start = read_cells(at, 2);
    out->end = out->start + read_cells(at + 8, 2);
    if (out->end < out->start) {
        return -EINVAL;
    }
    return out->end == 0 ? -ENOENT : 0;
}
