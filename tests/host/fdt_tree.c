#include "fdt_tree.h"

#include <stdlib.h>
#include <string.h>

/*
 * A writer of flattened device trees, format version 17.
 */
struct tree_build build;

void put_be32(unsigned char *at, uint64_t value)
{
    for (int i = 0; i < 4; i++) {
        at[i] = (unsigned char)(value >> (24 - 8 * i));
    }
}

void tree_clear(void)
{
    build.nodes_size = build.strings_size = 0;
}

void add_cell(uint64_t value)
{
    put_be32(build.nodes + build.nodes_size, value);
    build.nodes_size += 4;
}

static void add_bytes(const void *bytes, size_t n)
{
    memcpy(build.nodes + build.nodes_size, bytes, n);
    build.nodes_size = round_up(build.nodes_size + n, 4);
}

void begin(const char *name)
{
    add_cell(1);
    add_bytes(name, strlen(name) + 1);
}

void end(void)
{
    add_cell(2);
}

void prop(const char *name, const void *data, size_t n)
{
    size_t length = strlen(name) + 1;
    add_cell(3);
    add_cell(n);
    add_cell(build.strings_size);
    memcpy(build.strings + build.strings_size, name, length);
    build.strings_size += length;
    add_bytes(data, n);
}

void prop_string(const char *name, const char *text)
{
    prop(name, text, strlen(text) + 1);
}

void prop_cells(const char *name, size_t n, const uint64_t *cells)
{
    unsigned char data[64];
    for (size_t i = 0; i < n; i++) {
        put_be32(data + 4 * i, cells[i]);
    }
    prop(name, data, 4 * n);
}

void build_finish(void)
{
    size_t reserve = 40, nodes = reserve + 32;
    size_t strings = nodes + build.nodes_size;
    build.size = strings + build.strings_size;
    uint64_t header[10] = {
        0xd00dfeed,         build.size,      nodes, strings, reserve, 17, 16, 0,
        build.strings_size, build.nodes_size};
    memset(build.blob, 0, nodes);
    for (int i = 0; i < 10; i++) {
        put_be32(build.blob + 4 * i, header[i]);
    }
    put_be32(build.blob + reserve + 4, 0x80000000);
    put_be32(build.blob + reserve + 12, 0x1000);
    memcpy(build.blob + nodes, build.nodes, build.nodes_size);
    memcpy(build.blob + strings, build.strings, build.strings_size);
}

static void build_cpus(void)
{
    begin("cpus");
    CELLS("#address-cells", 1);
    CELLS("#size-cells", 0);
    CELLS("timebase-frequency", 10000000);
    for (uint64_t i = 0; i < 2; i++) {
        begin(i == 0 ? "cpu@0" : "cpu@5");
        CELLS("reg", i * 5);
        prop_string("status", i == 0 ? "okay" : "disabled");
        begin("interrupt-controller");
        end();
        end();
    }
    end();
}

void build_tree(void)
{
    tree_clear();
    add_cell(4); // NOP
    begin("");
    CELLS("#address-cells", 2);
    CELLS("#size-cells", 2);
    build_cpus();
    begin("memory@80000000");
    CELLS("reg", 0, 0x80000000, 0, 0x4000000, 1, 0, 2, 0x1000);
    end();
    begin("soc");
    CELLS("#address-cells", 2);
    CELLS("#size-cells", 1);
    begin("serial@10000000");
    prop("compatible", "acme,uart\0ns16550a", 19);
    CELLS("reg", 0, 0x10000000, 0x100);
    prop("empty", "", 0);
    prop("unended", "abc", 3);
    add_cell(4);
    add_cell(4);
    prop_string("last", "x");
    end();
    add_cell(4);
    begin("plic@c000000");
    CELLS("interrupts-extended", 1, 11, 1, 9, 2, 11, 2, 9);
    end();
    end();
    begin("chosen");
    CELLS("short", 7);
    CELLS("long", 1, 2);
    CELLS("huge", 1, 2, 3);
    end();
    end();
    add_cell(9);
    build_finish();
}

int open_copy(unsigned char **copy)
{
    *copy = malloc(build.size);
    memcpy(*copy, build.blob, build.size);
    return fdt_open(*copy, build.size) < 0 ? -EINVAL : 0;
}
