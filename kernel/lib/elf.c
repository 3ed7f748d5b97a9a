#include "lib/elf.h"

#include "api/errno.h"
#include "lib/str.h"

/*
 * The check of a program file before exec maps it.
 *
 * A program is an ELF file for 64-bit RISC-V of type EXEC, whose program
 * headers lie in its first page.  Everything in it comes from a user, so each
 * field is checked, sums are formed only where they cannot wrap, and what is
 * left in struct elf_image holds this:
 *
 * 1. There are 1 to ELF_SEGMENTS segments, none empty, ascending by address,
 *    and no page belongs to two of them.
 * 2. Each lies inside the limits, its file bytes inside the file, and offset
 *    and address agree modulo the page size, so that file pages can be mapped.
 * 3. No segment is both writable and executable, and the entry lies in an
 *    executable one.
 *
 * So exec can map what it is told without looking again, and a program too
 * large is refused before any memory is taken for it.
 *
 * Pure: no locks; called by exec, and by host tests with mutated files.
 */

/* The file header. */
struct elf_header {
    uint8_t magic[4];
    uint8_t class;
    uint8_t data;
    uint8_t ident_version;
    uint8_t abi[9];
    uint16_t type;
    uint16_t machine;
    uint32_t version;
    uint64_t entry;
    uint64_t phoff; // where the program headers start
    uint64_t shoff;
    uint32_t flags;
    uint16_t ehsize;
    uint16_t phentsize;
    uint16_t phnum;
    uint16_t shentsize;
    uint16_t shnum;
    uint16_t shstrndx;
};

/* A program header. */
struct elf_program {
    uint32_t type;
    uint32_t flags;
    uint64_t offset;
    uint64_t vaddr;
    uint64_t paddr;
    uint64_t filesz;
    uint64_t memsz;
    uint64_t align;
};

static_assert(sizeof(struct elf_header) == 64, "size of an ELF header");
static_assert(sizeof(struct elf_program) == 56, "size of a program header");

#define ELF_CLASS_64      2
#define ELF_LITTLE_ENDIAN 1
#define ELF_VERSION       1
#define ELF_EXEC          2
#define ELF_RISCV         243
#define ELF_LOAD          1 // type of a program header
#define ELF_INTERP        3 // asks for a dynamic linker

/* Whether the header describes a program we can run and its program headers
   lie in the first `length` bytes. */
static bool header_is_good(const struct elf_header *h, size_t length)
{
    return memcmp(h->magic, "\177ELF", 4) == 0 && h->class == ELF_CLASS_64 &&
           h->data == ELF_LITTLE_ENDIAN && h->ident_version == ELF_VERSION &&
           h->type == ELF_EXEC && h->machine == ELF_RISCV &&
           h->version == ELF_VERSION &&
           h->ehsize == sizeof(struct elf_header) &&
           h->phentsize == sizeof(struct elf_program) && h->phnum >= 1 &&
           h->phnum <= ELF_SEGMENTS && h->phoff <= length &&
           h->phnum * sizeof(struct elf_program) <= length - h->phoff;
}

/* Whether [start, start + size) lies in [low, high), where low <= high. */
static bool is_inside(uint64_t start, uint64_t size, uint64_t low,
                      uint64_t high)
{
    return start >= low && start <= high && size <= high - start;
}

/* Whether a segment satisfies what concerns it alone. */
static bool segment_is_good(const struct elf_segment *s, uint64_t file_size,
                            const struct elf_limits *limits)
{
    bool writable = (s->rights & ELF_W) != 0;
    bool executable = (s->rights & ELF_X) != 0;

    return s->filesz <= s->memsz &&
           is_inside(s->vaddr, s->memsz, limits->start, limits->end) &&
           is_inside(s->offset, s->filesz, 0, file_size) &&
           (s->offset & PAGE_MASK) == (s->vaddr & PAGE_MASK) &&
           !(writable && executable);
}

/* Put a segment in its place by address.  False when it shares a page with
   another. */
static bool segment_insert(struct elf_image *image, const struct elf_segment *s)
{
    int at = image->count;
    while (at > 0 && image->segment[at - 1].vaddr > s->vaddr) {
        image->segment[at] = image->segment[at - 1];
        at--;
    }
    image->segment[at] = *s;
    image->count++;
    for (int i = 1; i < image->count; i++) {
        const struct elf_segment *below = &image->segment[i - 1];
        if (round_up(below->vaddr + below->memsz, PAGE_SIZE) >
            round_down(image->segment[i].vaddr, PAGE_SIZE)) {
            return false;
        }
    }
    return true;
}

static bool entry_is_good(const struct elf_image *image)
{
    for (int i = 0; i < image->count; i++) {
        const struct elf_segment *s = &image->segment[i];
        if ((s->rights & ELF_X) != 0 &&
            is_inside(image->entry, 2, s->vaddr, s->vaddr + s->memsz)) {
            return image->entry % 2 == 0;
        }
    }
    return false;
}

/* Take one program header in.  False when it rules the file out. */
static bool program_take(struct elf_image *image, const struct elf_program *p,
                         uint64_t file_size, const struct elf_limits *limits)
{
    struct elf_segment segment = {
        .vaddr = p->vaddr,
        .memsz = p->memsz,
        .filesz = p->filesz,
        .offset = p->offset,
        .rights = p->flags & (ELF_R | ELF_W | ELF_X),
    };
    if (p->type != ELF_LOAD || p->memsz == 0) {
        return p->type != ELF_INTERP && (p->type != ELF_LOAD || p->filesz == 0);
    }
    return segment_is_good(&segment, file_size, limits) &&
           segment_insert(image, &segment);
}

/*
 * Check a program file of `file_size` bytes whose first `length` bytes are at
 * `head`, at any alignment.  0 with *out filled in, or -ENOEXEC.
 */
int elf_check(const void *head, size_t length, uint64_t file_size,
              const struct elf_limits *limits, struct elf_image *out)
{
    const char *bytes = head;
    struct elf_header header;
    if (length < sizeof(header)) {
        return -ENOEXEC;
    }
    memcpy(&header, bytes, sizeof(header));
    if (!header_is_good(&header, length)) {
        return -ENOEXEC;
    }
    out->entry = header.entry;
    out->count = 0;
    for (int i = 0; i < header.phnum; i++) {
        struct elf_program program;
        memcpy(&program, bytes + header.phoff + i * sizeof(program),
               sizeof(program));
        if (!program_take(out, &program, file_size, limits)) {
            return -ENOEXEC;
        }
    }
    return entry_is_good(out) ? 0 : -ENOEXEC;
}
