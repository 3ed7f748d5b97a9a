// sources: kernel/lib/fdt.c tests/host/fdt_tree.c
#include "check.h"

#include <string.h>
#include <unistd.h>

#include "api/errno.h"
#include "fdt_tree.h"

/*
 * lib/fdt on damaged trees: the one that is built here and, if QEMU is found,
 * the one that QEMU makes.
 */

/* Ask everything about every node; only the sanitizers judge the answers. */
static void exercise(void)
{
    struct region range;
    uint32_t cell;
    int steps = 0;
    for (int n = FDT_ROOT; n >= 0; n = fdt_next(n)) {
        CHECK(steps++ < BLOB_MAX);
        (void)fdt_is_named(n, "memory");
        (void)fdt_is_enabled(n);
        (void)fdt_has_string(n, "compatible", "ns16550a");
        (void)fdt_string(n, "riscv,isa");
        (void)fdt_number(n, "timebase-frequency", 0);
        (void)fdt_inherited(n, "interrupt-parent", 0);
        for (size_t i = 0; fdt_reg(n, i, &range) == 0; i++) {
            CHECK(range.end >= range.start);
        }
        (void)fdt_cell(n, "interrupts-extended", 1, &cell);
        (void)fdt_find(n, "serial");
    }
    for (size_t i = 0; fdt_reserved(i, &range) == 0; i++) {
        CHECK(range.end >= range.start);
    }
}

/* Damage a few bytes anywhere, or set a 32-bit field to a bad value. */
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
        size_t size = build.size;
        if (check_random_below(10) == 0) {
            size = check_random_below(size + 1);
        }
        unsigned char *copy = malloc(size + 1) /* never 0 */;
        memcpy(copy + 1, build.blob, size);
        if (size > 0) {
            mutate(copy + 1, size);
        }
        if (fdt_open(copy + 1, size) >= 0) {
            opened++;
            exercise();
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

static uint32_t get_be32(const unsigned char *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 |
           (uint32_t)at[2] << 8 | at[3];
}

/* Have QEMU write its tree and cut off the room it leaves for additions.
   False when there is no QEMU.  The file must be a plain one in a directory of
   its own, because QEMU puts another in its place. */
static bool build_from_qemu(void)
{
    char directory[] = "/tmp/fdt_test.XXXXXX";
    char name[64], command[256];
    if (mkdtemp(directory) == NULL) {
        return false;
    }
    snprintf(name, sizeof(name), "%s/virt.dtb", directory);
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
    rmdir(directory);
    if (n == 0) {
        return false;
    }
    CHECK(fdt_open(build.blob, n) > 0);
    build.size = max_u64(get_be32(build.blob + 8) + get_be32(build.blob + 36),
                         get_be32(build.blob + 12) + get_be32(build.blob + 32));
    put_be32(build.blob + 4, build.size);
    return true;
}

/* What boot reads from the emulated machine's tree, then mutations of it. */
static void test_qemu(void)
{
    struct region range;
    unsigned char *copy;
    if (!build_from_qemu()) {
        printf("no QEMU found: its device tree is not tried\n");
        return;
    }
    CHECK_EQ(open_copy(&copy), 0);
    CHECK_EQ(fdt_reg(fdt_find(FDT_ROOT, "memory"), 0, &range), 0);
    CHECK(range.start == 0x80000000 && range.end == 0x90000000);
    CHECK_EQ(fdt_reg(fdt_find(FDT_ROOT, "/cpus/cpu@2"), 0, &range), 0);
    CHECK_EQ(range.start, 2);
    int slots = 0;
    int uarts = 0;
    for (int node = FDT_ROOT; node >= 0; node = fdt_next(node)) {
        slots += fdt_has_string(node, "compatible", "virtio,mmio");
        if (fdt_has_string(node, "compatible", "ns16550a")) {
            uarts++;
            CHECK_EQ(fdt_reg(node, 0, &range), 0);
            CHECK_EQ(range.start, 0x10000000);
        }
    }
    CHECK_EQ(slots, 8);
    CHECK_EQ(uarts, 1);
    exercise();
    free(copy);
    check_mutations(300);
}

int main(int argc, char **argv)
{
    check_begin(argc, argv);
    RUN(test_mutations);
    RUN(test_qemu);
    return check_end();
}
