// sources: kernel/lib/fdt.c
#include "check.h"

#include <string.h>
#include <unistd.h>

#include "api/errno.h"
#include "lib/fdt.h"

/*
 * lib/fdt: a tree built here, the one that QEMU makes where QEMU is found, and
 * mutations of both.  Blobs are copied to heap blocks of their exact size, so
 * that the sanitizer sees every byte read too far.
 */

#define BLOB_MAX (1 << 20) // what QEMU writes

/* A blob under construction. */
static struct {
    unsigned char nodes[4096];
    size_t nodes_size;
    char strings[4096];
    size_t strings_size;
    unsigned char blob[BLOB_MAX];
    size_t size;
} build;

static void put_be32(unsigned char *at, uint64_t value)
{
    for (int i = 0; i < 4; i++) {
        at[i] = (unsigned char)(value >> (24 - 8 * i));
    }
}

static void add_cell(uint64_t value)
{
    put_be32(build.nodes + build.nodes_size, value);
    build.nodes_size += 4;
}

static void add_bytes(const void *bytes, size_t n)
{
    memcpy(build.nodes + build.nodes_size, bytes, n);
    build.nodes_size = round_up(build.nodes_size + n, 4);
}

static void begin(const char *name)
{
    add_cell(1);
    add_bytes(name, strlen(name) + 1);
}

static void end(void)
{
    add_cell(2);
}

static void prop(const char *name, const void *data, size_t n)
{
    size_t length = strlen(name) + 1;
    add_cell(3);
    add_cell(n);
    add_cell(build.strings_size);
    memcpy(build.strings + build.strings_size, name, length);
    build.strings_size += length;
    add_bytes(data, n);
}

static void prop_string(const char *name, const char *text)
{
    prop(name, text, strlen(text) + 1);
}

static void prop_cells(const char *name, size_t n, const uint64_t *cells)
{
    unsigned char data[64];
    for (size_t i = 0; i < n; i++) {
        put_be32(data + 4 * i, cells[i]);
    }
    prop(name, data, 4 * n);
}

#define CELLS(name, ...)                                                       \
    prop_cells(name, sizeof((uint64_t[]){__VA_ARGS__}) / 8,                    \
               (uint64_t[]){__VA_ARGS__})

/* Header, one reserved range and its end, nodes, strings. */
static void build_finish(void)
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

static void build_tree(void)
{
    build.nodes_size = build.strings_size = 0;
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

/* Open the blob under construction; the caller frees *copy. */
static int open_copy(struct fdt *fdt, unsigned char **copy)
{
    *copy = malloc(build.size);
    memcpy(*copy, build.blob, build.size);
    return fdt_open(fdt, *copy, build.size);
}

/* A grandchild of the root. */
static int below(const struct fdt *fdt, const char *parent, const char *name)
{
    return fdt_find(fdt, fdt_find(fdt, FDT_ROOT, parent), name);
}

static void test_walk(void)
{
    struct fdt fdt;
    unsigned char *copy;
    build_tree();
    CHECK_EQ(open_copy(&fdt, &copy), 0);

    int cpus = fdt_child(&fdt, FDT_ROOT);
    CHECK(fdt_is_named(&fdt, cpus, "cpus"));
    int memory = fdt_sibling(&fdt, cpus);
    CHECK(fdt_is_named(&fdt, memory, "memory"));
    CHECK(fdt_is_named(&fdt, memory, "memory@80000000"));
    CHECK(!fdt_is_named(&fdt, memory, "memory@8000000"));
    CHECK(!fdt_is_named(&fdt, memory, "mem"));
    CHECK_EQ(fdt_child(&fdt, memory), -ENOENT);
    int chosen = fdt_find(&fdt, FDT_ROOT, "chosen");
    CHECK_EQ(fdt_sibling(&fdt, fdt_find(&fdt, FDT_ROOT, "soc")), chosen);
    CHECK_EQ(fdt_sibling(&fdt, chosen), -ENOENT);
    CHECK_EQ(fdt_sibling(&fdt, FDT_ROOT), -ENOENT);

    int nodes = 0;
    for (int n = FDT_ROOT; n >= 0; n = fdt_next(&fdt, n)) {
        nodes++;
    }
    CHECK_EQ(nodes, 11);
    free(copy);
}

static void test_find(void)
{
    struct fdt fdt;
    unsigned char *copy;
    build_tree();
    CHECK_EQ(open_copy(&fdt, &copy), 0);
    int serial = below(&fdt, "soc", "serial@10000000");
    CHECK(serial > 0);
    CHECK_EQ(below(&fdt, "soc", "serial"), serial);
    CHECK_EQ(below(&fdt, "soc", "serial@1"), -ENOENT);
    CHECK_EQ(fdt_find(&fdt, FDT_ROOT, "serial"), -ENOENT);
    CHECK_EQ(fdt_find(&fdt, FDT_ROOT, ""), -ENOENT);
    CHECK_EQ(fdt_next_compatible(&fdt, FDT_ROOT, "ns16550a"), serial);
    CHECK_EQ(fdt_next_compatible(&fdt, FDT_ROOT, "acme,uart"), serial);
    CHECK_EQ(fdt_next_compatible(&fdt, FDT_ROOT, "ns16550"), -ENOENT);
    CHECK_EQ(fdt_next_compatible(&fdt, serial, "ns16550a"), -ENOENT);
    CHECK(fdt_is_enabled(&fdt, below(&fdt, "cpus", "cpu@0")));
    CHECK(!fdt_is_enabled(&fdt, below(&fdt, "cpus", "cpu@5")));
    CHECK(fdt_is_enabled(&fdt, serial));
    free(copy);
}

static void test_properties(void)
{
    struct fdt fdt;
    unsigned char *copy;
    size_t length;
    uint32_t cell;
    uint64_t number;
    build_tree();
    CHECK_EQ(open_copy(&fdt, &copy), 0);
    int serial = below(&fdt, "soc", "serial");
    int chosen = fdt_find(&fdt, FDT_ROOT, "chosen");
    CHECK(fdt_property(&fdt, serial, "empty", &length) != NULL);
    CHECK_EQ(length, 0);
    CHECK(fdt_property(&fdt, serial, "last", NULL) != NULL);
    CHECK(fdt_property(&fdt, serial, "phandle", NULL) == NULL);
    CHECK(strcmp(fdt_string(&fdt, serial, "compatible"), "acme,uart") == 0);
    CHECK(fdt_string(&fdt, serial, "unended") == NULL);
    CHECK(fdt_string(&fdt, serial, "empty") == NULL);
    CHECK(!fdt_has_string(&fdt, serial, "unended", "abc"));
    CHECK(!fdt_has_string(&fdt, serial, "empty", ""));
    CHECK_EQ(fdt_number(&fdt, chosen, "short", &number), 0);
    CHECK_EQ(number, 7);
    CHECK_EQ(fdt_number(&fdt, chosen, "long", &number), 0);
    CHECK_EQ(number, 0x100000002);
    CHECK_EQ(fdt_number(&fdt, chosen, "huge", &number), -ENOENT);
    CHECK_EQ(fdt_number(&fdt, chosen, "none", &number), -ENOENT);
    int plic = below(&fdt, "soc", "plic");
    CHECK_EQ(fdt_cell(&fdt, plic, "interrupts-extended", 7, &cell), 0);
    CHECK_EQ(cell, 9);
    CHECK_EQ(fdt_cell(&fdt, plic, "interrupts-extended", 8, &cell), -ENOENT);
    CHECK_EQ(fdt_cell(&fdt, plic, "interrupts-extended", SIZE_MAX, &cell),
             -ENOENT);
    free(copy);
}

static void test_ranges(void)
{
    struct fdt fdt;
    unsigned char *copy;
    struct region range;
    build_tree();
    CHECK_EQ(open_copy(&fdt, &copy), 0);
    int memory = fdt_find(&fdt, FDT_ROOT, "memory");
    CHECK_EQ(fdt_reg(&fdt, memory, 0, &range), 0);
    CHECK(range.start == 0x80000000 && range.end == 0x84000000);
    CHECK_EQ(fdt_reg(&fdt, memory, 1, &range), 0);
    CHECK(range.start == 1UL << 32 && range.end == 0x300001000);
    CHECK_EQ(fdt_reg(&fdt, memory, 2, &range), -ENOENT);
    CHECK_EQ(fdt_reg(&fdt, below(&fdt, "soc", "serial"), 0, &range), 0);
    CHECK(range.start == 0x10000000 && range.end == 0x10000100);
    CHECK_EQ(fdt_reg(&fdt, below(&fdt, "cpus", "cpu@5"), 0, &range), 0);
    CHECK(range.start == 5 && range.end == 5);
    CHECK_EQ(fdt_reg(&fdt, FDT_ROOT, 0, &range), -ENOENT);
    CHECK_EQ(fdt_reserved(&fdt, 0, &range), 0);
    CHECK(range.start == 0x80000000 && range.end == 0x80001000);
    CHECK_EQ(fdt_reserved(&fdt, 1, &range), -ENOENT);
    free(copy);
}

/* Nothing is in a node that was not found. */
static void test_negative_node(void)
{
    struct fdt fdt;
    unsigned char *copy;
    struct region range;
    uint32_t cell;
    build_tree();
    CHECK_EQ(open_copy(&fdt, &copy), 0);
    int none = fdt_find(&fdt, FDT_ROOT, "nothing");
    CHECK_EQ(none, -ENOENT);
    CHECK_EQ(fdt_child(&fdt, none), -ENOENT);
    CHECK_EQ(fdt_sibling(&fdt, none), -ENOENT);
    CHECK_EQ(fdt_next(&fdt, none), -ENOENT);
    CHECK(!fdt_is_named(&fdt, none, ""));
    CHECK(fdt_property(&fdt, none, "reg", NULL) == NULL);
    CHECK_EQ(fdt_cell(&fdt, none, "reg", 0, &cell), -ENOENT);
    CHECK_EQ(fdt_reg(&fdt, none, 0, &range), -ENOENT);
    free(copy);
}

/* Every header field with values around each limit; every shorter `max`. */
static void test_header(void)
{
    static const uint64_t values[] = {
        0, 1, 39, 40, 0xffff, 0x7fffffff, 0x80000000, 0xfffffff8, 0xffffffff};
    struct fdt fdt;
    unsigned char *copy;
    build_tree();
    CHECK_EQ(open_copy(&fdt, &copy), 0);
    for (size_t max = 0; max < build.size; max++) {
        CHECK_EQ(fdt_open(&fdt, copy, max), -EINVAL);
    }
    free(copy);
    const int harmful[] = {0, 4, 8, 12, 16, 36}; // fields that always matter
    for (size_t i = 0; i < ARRAY_LENGTH(harmful); i++) {
        build_tree();
        put_be32(build.blob + harmful[i], 0xfffffff8);
        CHECK_EQ(open_copy(&fdt, &copy), -EINVAL);
        free(copy);
    }
    for (int field = 0; field < 40; field += 4) {
        for (size_t i = 0; i < ARRAY_LENGTH(values); i++) {
            build_tree();
            put_be32(build.blob + field, values[i]);
            (void)open_copy(&fdt, &copy);
            free(copy);
        }
    }
}

/* Each BEGIN_NODE needs its END_NODE, and the last of these an END. */
static void test_nesting(void)
{
    for (int ends = 0; ends < 4; ends++) {
        struct fdt fdt;
        build.nodes_size = build.strings_size = 0;
        begin("");
        begin("child");
        prop_string("name", "x");
        for (int i = 0; i < ends; i++) {
            end();
        }
        add_cell(9);
        build_finish();
        int error = fdt_open(&fdt, build.blob, build.size);
        CHECK_EQ(error, ends == 2 ? 0 : -EINVAL);
    }
}

/* Ask everything about every node; only the sanitizers judge the answers. */
static void exercise(const struct fdt *fdt)
{
    struct region range;
    uint32_t cell;
    uint64_t number;
    int steps = 0;
    for (int n = FDT_ROOT; n >= 0; n = fdt_next(fdt, n)) {
        CHECK(steps++ < BLOB_MAX);
        (void)fdt_is_named(fdt, n, "memory");
        (void)fdt_is_enabled(fdt, n);
        (void)fdt_has_string(fdt, n, "compatible", "ns16550a");
        (void)fdt_string(fdt, n, "riscv,isa");
        (void)fdt_number(fdt, n, "timebase-frequency", &number);
        for (size_t i = 0; fdt_reg(fdt, n, i, &range) == 0; i++) {
            CHECK(range.end >= range.start);
        }
        (void)fdt_cell(fdt, n, "interrupts-extended", 1, &cell);
        (void)fdt_find(fdt, n, "serial");
    }
    for (size_t i = 0; fdt_reserved(fdt, i, &range) == 0; i++) {
        CHECK(range.end >= range.start);
    }
}

/* Damage a few bytes: anywhere, or a 32-bit field to a nasty value. */
static void mutate(unsigned char *blob, size_t size)
{
    static const uint32_t nasty[] = {0, 1, 2, 3, 4, 9, 0x7fffffff, 0xfffffffc};
    for (uint64_t n = 1 + check_random_below(3); n > 0; n--) {
        size_t at = check_random_below(size);
        if (check_random_below(2) == 0) {
            blob[at] = (unsigned char)check_random();
        } else if (at + 4 <= size) {
            put_be32(blob + (at & ~3UL), nasty[check_random_below(8)]);
        }
    }
}

/* Mutate the blob under construction `times` times. */
static void check_mutations(int times)
{
    int opened = 0;
    for (int i = 0; i < times; i++) {
        struct fdt fdt;
        size_t size = build.size;
        if (check_random_below(10) == 0) {
            size = check_random_below(size + 1);
        }
        unsigned char *copy = malloc(size + 1) /* never 0 */;
        memcpy(copy + 1, build.blob, size);
        if (size > 0) {
            mutate(copy + 1, size);
        }
        if (fdt_open(&fdt, copy + 1, size) == 0) {
            opened++;
            exercise(&fdt);
        }
        free(copy);
    }
    CHECK(opened > times / 10);
}

static void test_mutations(void)
{
    build_tree();
    check_mutations(20000);
}

/* Have QEMU write its tree and cut off the room it leaves for additions.
   False when there is no QEMU.  The file must be a plain one in a folder of
   its own, because QEMU puts another in its place. */
static bool build_from_qemu(void)
{
    char folder[] = "/tmp/fdt_test.XXXXXX";
    char name[64], command[256];
    struct fdt fdt;
    if (mkdtemp(folder) == NULL) {
        return false;
    }
    snprintf(name, sizeof(name), "%s/virt.dtb", folder);
    snprintf(command, sizeof(command),
             "${QEMU:-qemu-system-riscv64} -display none -smp 3 -m 256M "
             "-machine virt,dumpdtb=%s 2>/dev/null",
             name);
    size_t n = 0;
    if (system(command) == 0) {
        FILE *file = fopen(name, "rb");
        n = file == NULL ? 0 : fread(build.blob, 1, BLOB_MAX, file);
        if (file != NULL) {
            fclose(file);
        }
    }
    unlink(name);
    rmdir(folder);
    if (n == 0) {
        return false;
    }
    CHECK_EQ(fdt_open(&fdt, build.blob, n), 0);
    build.size = max_u64(fdt.nodes_end, fdt.strings + fdt.strings_size);
    put_be32(build.blob + 4, build.size);
    return true;
}

/* What boot asks of the emulated machine's tree, then mutations of it. */
static void test_qemu(void)
{
    struct fdt fdt;
    struct region range;
    unsigned char *copy;
    if (!build_from_qemu()) {
        printf("no QEMU found: its device tree is not tried\n");
        return;
    }
    CHECK_EQ(open_copy(&fdt, &copy), 0);
    CHECK_EQ(fdt_reg(&fdt, fdt_find(&fdt, FDT_ROOT, "memory"), 0, &range), 0);
    CHECK(range.start == 0x80000000 && range.end == 0x90000000);
    CHECK_EQ(fdt_reg(&fdt, below(&fdt, "cpus", "cpu@2"), 0, &range), 0);
    CHECK_EQ(range.start, 2);
    int uart = fdt_next_compatible(&fdt, FDT_ROOT, "ns16550a");
    CHECK_EQ(fdt_reg(&fdt, uart, 0, &range), 0);
    CHECK_EQ(range.start, 0x10000000);
    int slots = 0;
    int node = FDT_ROOT;
    while ((node = fdt_next_compatible(&fdt, node, "virtio,mmio")) >= 0) {
        slots++;
    }
    CHECK_EQ(slots, 8);
    exercise(&fdt);
    free(copy);
    check_mutations(300);
}

int main(int argc, char **argv)
{
    check_begin(argc, argv);
    RUN(test_walk);
    RUN(test_find);
    RUN(test_properties);
    RUN(test_ranges);
    RUN(test_negative_node);
    RUN(test_header);
    RUN(test_nesting);
    RUN(test_mutations);
    RUN(test_qemu);
    return check_end();
}
