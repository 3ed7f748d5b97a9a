// sources: kernel/lib/fdt.c tests/host/fdt_tree.c
#include "check.h"

#include <string.h>

#include "api/errno.h"
#include "fdt_tree.h"

/*
 * lib/fdt: walking, searching, and reading a tree that is built here, and each
 * way in which a header, a nesting, or a range can be wrong.
 */

/* A grandchild of the root. */
static int below(const char *parent, const char *name)
{
    return fdt_find(fdt_find(FDT_ROOT, parent), name);
}

static void test_walk(void)
{
    unsigned char *copy;
    build_tree();
    CHECK_EQ(open_copy(&copy), 0);

    int cpus = fdt_child(FDT_ROOT);
    CHECK(fdt_is_named(cpus, "cpus"));
    int memory = fdt_sibling(cpus);
    CHECK(fdt_is_named(memory, "memory"));
    CHECK(fdt_is_named(memory, "memory@80000000"));
    CHECK(!fdt_is_named(memory, "memory@8000000"));
    CHECK(!fdt_is_named(memory, "mem"));
    CHECK_EQ(fdt_child(memory), -ENOENT);
    int chosen = fdt_find(FDT_ROOT, "chosen");
    CHECK_EQ(fdt_sibling(fdt_find(FDT_ROOT, "soc")), chosen);
    CHECK_EQ(fdt_sibling(chosen), -ENOENT);
    CHECK_EQ(fdt_sibling(FDT_ROOT), -ENOENT);

    int nodes = 0;
    for (int n = FDT_ROOT; n >= 0; n = fdt_next(n)) {
        nodes++;
    }
    CHECK_EQ(nodes, 11);
    free(copy);
}

static void test_find(void)
{
    unsigned char *copy;
    build_tree();
    CHECK_EQ(open_copy(&copy), 0);
    int serial = below("soc", "serial@10000000");
    CHECK(serial > 0);
    CHECK_EQ(below("soc", "serial"), serial);
    CHECK_EQ(below("soc", "serial@1"), -ENOENT);
    CHECK_EQ(fdt_find(FDT_ROOT, "serial"), -ENOENT);
    CHECK_EQ(fdt_find(FDT_ROOT, ""), FDT_ROOT);
    CHECK_EQ(fdt_find(FDT_ROOT, "/"), -ENOENT);
    CHECK(fdt_has_string(serial, "compatible", "ns16550a"));
    CHECK(fdt_has_string(serial, "compatible", "acme,uart"));
    CHECK(!fdt_has_string(serial, "compatible", "ns16550"));
    CHECK_EQ(fdt_find(FDT_ROOT, "/soc/serial@10000000"), serial);
    CHECK_EQ(fdt_find(FDT_ROOT, "/soc/serial:115200n8"), serial);
    CHECK_EQ(fdt_find(FDT_ROOT, "/soc/serial@1"), -ENOENT);
    CHECK_EQ(fdt_find(FDT_ROOT, "/soc/seria"), -ENOENT);
    CHECK_EQ(fdt_find(FDT_ROOT, "/serial/soc"), -ENOENT);
    CHECK_EQ(fdt_find(FDT_ROOT, "soc/serial"), serial);
    CHECK(fdt_is_enabled(below("cpus", "cpu@0")));
    CHECK(!fdt_is_enabled(below("cpus", "cpu@5")));
    CHECK(fdt_is_enabled(serial));
    free(copy);
}

static void test_properties(void)
{
    unsigned char *copy;
    uint32_t cell;
    build_tree();
    CHECK_EQ(open_copy(&copy), 0);
    int serial = below("soc", "serial");
    int chosen = fdt_find(FDT_ROOT, "chosen");
    CHECK(fdt_has(serial, "empty"));
    CHECK(fdt_has(serial, "last"));
    CHECK(!fdt_has(serial, "phandle"));
    CHECK(strcmp(fdt_string(serial, "compatible"), "acme,uart") == 0);
    CHECK(fdt_string(serial, "unended") == NULL);
    CHECK(fdt_string(serial, "empty") == NULL);
    CHECK(!fdt_has_string(serial, "unended", "abc"));
    CHECK(!fdt_has_string(serial, "empty", ""));
    CHECK_EQ(fdt_number(chosen, "short", 1), 7);
    CHECK_EQ(fdt_number(chosen, "long", 1), 0x100000002);
    CHECK_EQ(fdt_number(chosen, "huge", 1), 1);
    CHECK_EQ(fdt_number(chosen, "none", 1), 1);
    int plic = below("soc", "plic");
    CHECK_EQ(fdt_cell(plic, "interrupts-extended", 7, &cell), 0);
    CHECK_EQ(cell, 9);
    CHECK_EQ(fdt_cell(plic, "interrupts-extended", 8, &cell), -ENOENT);
    CHECK_EQ(fdt_cell(plic, "interrupts-extended", SIZE_MAX, &cell), -ENOENT);
    free(copy);
}

static void test_ranges(void)
{
    unsigned char *copy;
    struct region range;
    build_tree();
    CHECK_EQ(open_copy(&copy), 0);
    int memory = fdt_find(FDT_ROOT, "memory");
    CHECK_EQ(fdt_reg(memory, 0, &range), 0);
    CHECK(range.start == 0x80000000 && range.end == 0x84000000);
    CHECK_EQ(fdt_reg(memory, 1, &range), 0);
    CHECK(range.start == 1UL << 32 && range.end == 0x300001000);
    CHECK_EQ(fdt_reg(memory, 2, &range), -ENOENT);
    CHECK_EQ(fdt_reg(below("soc", "serial"), 0, &range), 0);
    CHECK(range.start == 0x10000000 && range.end == 0x10000100);
    CHECK_EQ(fdt_reg(below("cpus", "cpu@5"), 0, &range), 0);
    CHECK(range.start == 5 && range.end == 5);
    CHECK_EQ(fdt_reg(FDT_ROOT, 0, &range), -ENOENT);
    CHECK_EQ(fdt_reserved(0, &range), 0);
    CHECK(range.start == 0x80000000 && range.end == 0x80001000);
    CHECK_EQ(fdt_reserved(1, &range), -ENOENT);
    free(copy);
}

/* A reg that the cell counts do not divide, or whose range wraps around, is not
   a range; neither is a reservation that wraps. */
static void test_bad_ranges(void)
{
    struct region range;
    tree_clear();
    begin("");
    begin("memory"); // the standard's 2 and 1 cells
    CELLS("reg", 0, 0x80000000, 0, 0x4000000);
    end();
    begin("bus");
    CELLS("#address-cells", 3);
    begin("device");
    CELLS("reg", 0, 0, 0x1000, 0x100);
    end();
    end();
    begin("narrow");
    CELLS("#address-cells", 2);
    CELLS("#size-cells", 2);
    begin("device");
    CELLS("reg", 0xffffffff, 0xffff0000, 0, 0x20000);
    end();
    begin("none");
    end();
    end();
    end();
    add_cell(9);
    build_finish();
    put_be32(build.blob + 40, 0xffffffff);
    put_be32(build.blob + 48, 0x80000000);
    CHECK_EQ(fdt_open(build.blob, build.size), build.size);
    CHECK_EQ(fdt_reg(fdt_find(FDT_ROOT, "/memory"), 0, &range), -EINVAL);
    CHECK_EQ(fdt_reg(fdt_find(FDT_ROOT, "/bus/device"), 0, &range), -EINVAL);
    CHECK_EQ(fdt_reg(fdt_find(FDT_ROOT, "/narrow/device"), 0, &range), -EINVAL);
    CHECK_EQ(fdt_reg(fdt_find(FDT_ROOT, "/narrow/none"), 0, &range), -ENOENT);
    CHECK_EQ(fdt_reserved(0, &range), -EINVAL);
}

/* A node that was not found has no contents. */
static void test_negative_node(void)
{
    unsigned char *copy;
    struct region range;
    uint32_t cell;
    build_tree();
    CHECK_EQ(open_copy(&copy), 0);
    int none = fdt_find(FDT_ROOT, "nothing");
    CHECK_EQ(none, -ENOENT);
    CHECK_EQ(fdt_child(none), -ENOENT);
    CHECK_EQ(fdt_sibling(none), -ENOENT);
    CHECK_EQ(fdt_next(none), -ENOENT);
    CHECK(!fdt_is_named(none, ""));
    CHECK(!fdt_has(none, "reg"));
    CHECK_EQ(fdt_cell(none, "reg", 0, &cell), -ENOENT);
    CHECK_EQ(fdt_reg(none, 0, &range), -ENOENT);
    free(copy);
}

/* Every header field with values around each limit; every shorter `max`. */
static void test_header(void)
{
    static const uint64_t values[] = {
        0, 1, 39, 40, 0xffff, 0x7fffffff, 0x80000000, 0xfffffff8, 0xffffffff};
    unsigned char *copy;
    build_tree();
    CHECK_EQ(open_copy(&copy), 0);
    for (size_t max = 0; max < build.size; max++) {
        CHECK_EQ(fdt_open(copy, max), -EINVAL);
    }
    free(copy);
    const int harmful[] = {0, 4, 8, 12, 16, 36}; // fields that always matter
    for (size_t i = 0; i < ARRAY_LENGTH(harmful); i++) {
        build_tree();
        put_be32(build.blob + harmful[i], 0xfffffff8);
        CHECK_EQ(open_copy(&copy), -EINVAL);
        free(copy);
    }
    for (int field = 0; field < 40; field += 4) {
        for (size_t i = 0; i < ARRAY_LENGTH(values); i++) {
            build_tree();
            put_be32(build.blob + field, values[i]);
            (void)open_copy(&copy);
            free(copy);
        }
    }
}

/* Each BEGIN_NODE needs its END_NODE, and an END follows the last one. */
static void test_nesting(void)
{
    for (int ends = 0; ends < 4; ends++) {
        tree_clear();
        begin("");
        begin("child");
        prop_string("name", "x");
        for (int i = 0; i < ends; i++) {
            end();
        }
        add_cell(9);
        build_finish();
        int size = fdt_open(build.blob, build.size);
        CHECK_EQ(size, ends == 2 ? (int)build.size : -EINVAL);
    }
}

int main(int argc, char **argv)
{
    check_begin(argc, argv);
    RUN(test_walk);
    RUN(test_find);
    RUN(test_properties);
    RUN(test_ranges);
    RUN(test_bad_ranges);
    RUN(test_negative_node);
    RUN(test_header);
    RUN(test_nesting);
    return check_end();
}
