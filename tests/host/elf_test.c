// sources: kernel/lib/elf.c
#include "check.h"

#include <string.h>

#include "api/errno.h"
#include "lib/elf.h"

/*
 * lib/elf: a sound program file, then one defect at a time, then mutations.
 * Every accepted file must satisfy the invariants that exec relies on.
 */

#define FILE_SIZE 0x6000
#define LOW       0x1000
#define HIGH      0x4000000000

/* Offsets in the file header and in a program header. */
enum {
    E_CLASS = 4,
    E_DATA = 5,
    E_IDENT_VERSION = 6,
    E_TYPE = 16,
    E_MACHINE = 18,
    E_VERSION = 20,
    E_ENTRY = 24,
    E_PHOFF = 32,
    E_EHSIZE = 52,
    E_PHENTSIZE = 54,
    E_PHNUM = 56,
    P_TYPE = 0,
    P_FLAGS = 4,
    P_OFFSET = 8,
    P_VADDR = 16,
    P_FILESZ = 32,
    P_MEMSZ = 40,
    HEADER = 64,
    PROGRAM = 56,
};

static unsigned char head[4096];
static struct elf_image image;
static const struct region limits = {LOW, HIGH};

/* Store the low `bytes` bytes of a value. */
static void poke(size_t at, size_t bytes, uint64_t value)
{
    memcpy(head + at, &value, bytes);
}

/* A field of program header i. */
static size_t field(int i, size_t offset)
{
    return HEADER + (size_t)i * PROGRAM + offset;
}

static void add_program(int i, uint32_t rights, uint64_t offset, uint64_t vaddr,
                        uint64_t filesz, uint64_t memsz)
{
    poke(field(i, P_TYPE), 4, 1);
    poke(field(i, P_FLAGS), 4, rights);
    poke(field(i, P_OFFSET), 8, offset);
    poke(field(i, P_VADDR), 8, vaddr);
    poke(field(i, P_FILESZ), 8, filesz);
    poke(field(i, P_MEMSZ), 8, memsz);
}

/* A text segment, and a data segment with a zero tail. */
static void make_sound(void)
{
    memset(head, 0, sizeof(head));
    memcpy(head, "\177ELF", 4);
    poke(E_CLASS, 1, 2);
    poke(E_DATA, 1, 1);
    poke(E_IDENT_VERSION, 1, 1);
    poke(E_TYPE, 2, 2);
    poke(E_MACHINE, 2, 243);
    poke(E_VERSION, 4, 1);
    poke(E_ENTRY, 8, 0x1000);
    poke(E_PHOFF, 8, HEADER);
    poke(E_EHSIZE, 2, HEADER);
    poke(E_PHENTSIZE, 2, PROGRAM);
    poke(E_PHNUM, 2, 2);
    add_program(0, ELF_R | ELF_X, 0x1000, 0x1000, 0x1800, 0x1800);
    add_program(1, ELF_R | ELF_W, 0x3010, 0x5010, 0x800, 0x2000);
}

static int check_file(void)
{
    return elf_check(head, sizeof(head), FILE_SIZE, &limits, &image);
}

/* Check whether the file is accepted with one field changed. */
static void with(size_t at, size_t bytes, uint64_t value, bool good)
{
    make_sound();
    poke(at, bytes, value);
    int error = check_file();
    if (error != (good ? 0 : -ENOEXEC)) {
        printf("offset %zu, value 0x%llx:\n", at, (unsigned long long)value);
    }
    CHECK_EQ(error, good ? 0 : -ENOEXEC);
}

static void test_sound(void)
{
    make_sound();
    CHECK_EQ(check_file(), 0);
    CHECK_EQ(image.count, 2);
    CHECK_EQ(image.entry, 0x1000);
    CHECK_EQ(image.segment[0].vaddr, 0x1000);
    CHECK_EQ(image.segment[0].rights, ELF_R | ELF_X);
    CHECK_EQ(image.segment[1].vaddr, 0x5010);
    CHECK_EQ(image.segment[1].offset, 0x3010);
    CHECK_EQ(image.segment[1].filesz, 0x800);
    CHECK_EQ(image.segment[1].memsz, 0x2000);
}

static void test_header(void)
{
    for (size_t i = 0; i < 4; i++) {
        with(i, 1, 0, false);
    }
    with(E_CLASS, 1, 1, false);
    with(E_DATA, 1, 2, false);
    with(E_IDENT_VERSION, 1, 0, false);
    with(E_TYPE, 2, 3, false);
    with(E_TYPE, 2, 1, false);
    with(E_MACHINE, 2, 62, false);
    with(E_VERSION, 4, 2, false);
    with(E_EHSIZE, 2, 52, false);
    with(E_PHENTSIZE, 2, 32, false);
    with(E_PHENTSIZE, 2, 57, false);
    with(E_PHNUM, 2, 0, false);
    with(E_PHNUM, 2, 17, false);
    with(E_PHNUM, 2, 0xffff, false);
    with(E_PHOFF, 8, 4096 - 2 * PROGRAM + 1, false);
    with(E_PHOFF, 8, 4096, false);
    with(E_PHOFF, 8, UINT64_MAX, false);
    with(E_PHOFF, 8, UINT64_MAX - 2 * PROGRAM + 1, false);
}

static void test_entry(void)
{
    with(E_ENTRY, 8, 0x27fe, true);
    with(E_ENTRY, 8, 0x27ff, false); // odd
    with(E_ENTRY, 8, 0x2800, false); // past the text
    with(E_ENTRY, 8, 0x0ffe, false);
    with(E_ENTRY, 8, 0x5010, false); // data
    with(E_ENTRY, 8, 0, false);
    with(E_ENTRY, 8, UINT64_MAX - 1, false);
}

static void test_segment(void)
{
    with(field(1, P_FLAGS), 4, ELF_R | ELF_W | ELF_X, false);
    with(field(1, P_FLAGS), 4, ELF_W | ELF_X, false);
    with(field(1, P_FLAGS), 4, ELF_R, true);
    with(field(1, P_FILESZ), 8, 0x2001, false); // more than memsz
    with(field(1, P_FILESZ), 8, 0, true);
    with(field(1, P_MEMSZ), 8, 0x7ff, false);
    with(field(1, P_MEMSZ), 8, 192UL << 30, true); // within the limits
    with(field(1, P_MEMSZ), 8, HIGH - 0x5010, true);
    with(field(1, P_MEMSZ), 8, HIGH - 0x5010 + 1, false);
    with(field(1, P_MEMSZ), 8, UINT64_MAX, false);
    with(field(1, P_MEMSZ), 8, UINT64_MAX - 0x5010 + 1, false);
    with(field(1, P_MEMSZ), 8, 0, false); // although the file has bytes for it
    with(field(1, P_OFFSET), 8, 0x3011, false);
    with(field(1, P_OFFSET), 8, 0x5010, true);
    with(field(1, P_OFFSET), 8, 0x6010, false); // past the file
    with(field(1, P_OFFSET), 8, 0x100003010, false);
    with(field(1, P_OFFSET), 8, UINT64_MAX - 0xfef, false);
    with(field(1, P_VADDR), 8, 0x0010, false); // page 0
    with(field(1, P_VADDR), 8, 0x2010, false); // in the text
    with(field(1, P_VADDR), 8, 0x3010, true);  // directly behind it
    with(field(0, P_VADDR), 8, 0x9000, false); // not in ascending order
    with(field(1, P_VADDR), 8, HIGH - 0x2000 + 0x10, false);
    with(field(1, P_VADDR), 8, HIGH + 0x10, false);
    with(field(1, P_VADDR), 8, UINT64_MAX - 0xfef, false);
    with(field(1, P_TYPE), 4, 3, false); // needs a dynamic linker
    with(field(1, P_TYPE), 4, 4, true);  // a note: nothing to load
    with(field(0, P_TYPE), 4, 4, false); // no text left
}

/* The buffer may be short, but must contain the whole table. */
static void test_short_head(void)
{
    make_sound();
    for (size_t n = 0; n <= sizeof(head); n++) {
        unsigned char *copy = malloc(n + 1);
        memcpy(copy + 1, head, n); // at an odd address
        int error = elf_check(copy + 1, n, FILE_SIZE, &limits, &image);
        CHECK_EQ(error, n < HEADER + 2 * PROGRAM ? -ENOEXEC : 0);
        free(copy);
    }
}

static void test_many_segments(void)
{
    make_sound();
    poke(E_PHNUM, 2, ELF_SEGMENTS);
    for (int i = 0; i < ELF_SEGMENTS; i++) {
        uint64_t vaddr = 0x1000 * (uint64_t)(i + 1);
        add_program(i, ELF_R | ELF_X, 0x1000, vaddr, 0x100, 0x1000);
    }
    CHECK_EQ(check_file(), 0);
    CHECK_EQ(image.count, ELF_SEGMENTS);
    poke(field(7, P_MEMSZ), 8, 0x1001);
    CHECK_EQ(check_file(), -ENOEXEC);
}

/* The invariants that exec relies on. */
static void check_invariants(void)
{
    uint64_t last_end = LOW;
    bool entry_found = false;
    CHECK(image.count >= 1 && image.count <= ELF_SEGMENTS);
    for (int i = 0; i < image.count; i++) {
        const struct elf_segment *s = &image.segment[i];
        CHECK(s->memsz > 0 && s->filesz <= s->memsz);
        CHECK((s->vaddr & ~PAGE_MASK) >= last_end);
        last_end = s->vaddr + s->memsz;
        CHECK(last_end > s->vaddr && last_end <= HIGH);
        last_end = round_up(last_end, PAGE_SIZE);
        CHECK(s->offset + s->filesz >= s->offset);
        CHECK(s->offset + s->filesz <= FILE_SIZE);
        CHECK((s->offset - s->vaddr) % PAGE_SIZE == 0);
        CHECK((s->rights & (ELF_W | ELF_X)) != (ELF_W | ELF_X));
        entry_found |= (s->rights & ELF_X) != 0 && image.entry >= s->vaddr &&
                       image.entry < s->vaddr + s->memsz;
    }
    CHECK(entry_found);
}

/* A value that is likely to break checks. */
static uint64_t nasty(void)
{
    static const uint64_t values[] = {
        0,       1,        2,          LOW,        HIGH,
        0x800,   0xfff,    0x1001,     FILE_SIZE,  HIGH - 1,
        1 << 31, 1L << 32, 1UL << 63,  UINT64_MAX, UINT64_MAX - 0xfff,
        0x3010,  0x5010,   0x100001000};
    return values[check_random_below(ARRAY_LENGTH(values))];
}

static void test_mutations(void)
{
    int accepted = 0;
    for (int i = 0; i < 300000; i++) {
        make_sound();
        for (uint64_t n = 1 + check_random_below(4); n > 0; n--) {
            size_t at = check_random_below(HEADER + 3 * PROGRAM);
            if (check_random_below(2) == 0) {
                poke(at, 1, check_random());
            } else {
                poke(at & ~7UL, 8, nasty());
            }
        }
        uint64_t size = check_random_below(8) == 0 ? nasty() : FILE_SIZE;
        size = min_u64(size, FILE_SIZE);
        if (elf_check(head, min_u64(size, sizeof(head)), size, &limits,
                      &image) == 0) {
            accepted++;
            check_invariants();
        }
    }
    CHECK(accepted > 1000); // else only the magic is tested
}

int main(int argc, char **argv)
{
    check_begin(argc, argv);
    RUN(test_sound);
    RUN(test_header);
    RUN(test_entry);
    RUN(test_segment);
    RUN(test_short_head);
    RUN(test_many_segments);
    RUN(test_mutations);
    return check_end();
}
