#include "lib/elf.h"
#include "lib/str.h"

/*
 * The check of a program file before exec maps it.
 *
 * A program is an ELF file for 64-bit RISC-V of type EXEC, whose program
 * headers lie in its first page.  Everything in it comes from a user, so each
 * field is checked, sums are formed only where they cannot wrap, and what is
 * left in struct elf_image holds this:
 *
 * 1. There are 1 to ELF_SEGMENTS segments, none empty, ascending by address (as
 *    the standard wants them in the file), and no page belongs to two of them.
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
    uint8_t ident[16]; // begins with ELF_IDENT
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

static_assert(sizeof(struct elf_header) == 64, "size of an ELF header");
static_assert(sizeof(struct elf_segment) == 48, "program header without align");

#define ELF_IDENT   "\177ELF\2\1\1" // 64 bits, little-endian, version 1
#define ELF_PROGRAM 56UL            // bytes of a program header
#define ELF_VERSION 1
#define ELF_EXEC    2
#define ELF_RISCV   243
#define ELF_LOAD    1 // type of a program header
#define ELF_INTERP  3 // asks for a dynamic linker

/* Copy the header out; whether it describes a program that can run here and has
   its program headers in the first `length` bytes. */
static bool elf_header_read(struct elf_header *h, const char *bytes,
                            size_t length)
{
    if (length < sizeof(*h)) {
        return false;
    }
    memcpy(h, bytes, sizeof(*h));
    return memcmp(h->ident, ELF_IDENT, strlen(ELF_IDENT)) == 0 &&
           h->type == ELF_EXEC && h->machine == ELF_RISCV &&
           h->version == ELF_VERSION && h->entry % 2 == 0 &&
           h->ehsize == sizeof(struct elf_header) &&
           h->phentsize == ELF_PROGRAM && h->phnum >= 1 &&
           h->phnum <= ELF_SEGMENTS && h->phoff <= length &&
           h->phnum * ELF_PROGRAM <= length - h->phoff;
}

/* Whether [start, start + size) lies in [low, high), where low <= high. */
static bool is_inside(uint64_t start, uint64_t size, uint64_t low,
                      uint64_t high)
{
    return start >= low && start <= high && size <= high - start;
}

/* Whether a segment can be mapped within `room`. */
static bool segment_is_good(const struct elf_segment *s, uint64_t file_size,
                            const struct region *room)
{
    bool writable = (s->rights & ELF_W) != 0;
    bool executable = (s->rights & ELF_X) != 0;

    return s->filesz <= s->memsz &&
           is_inside(s->vaddr, s->memsz, room->start, room->end) &&
           is_inside(s->offset, s->filesz, 0, file_size) &&
           (s->offset & PAGE_MASK) == (s->vaddr & PAGE_MASK) &&
           !(writable && executable);
}

/* The head may be at any alignment, so its parts are copied out. */
int elf_check(const void *head, size_t length, uint64_t file_size,
              const struct region *limits, struct elf_image *out)
{
    const char *bytes = head;
    struct elf_header header;
    if (!elf_header_read(&header, bytes, length)) {
        return -ENOEXEC;
    }
    struct region room = *limits; // what the segments so far have left
    out->entry = header.entry;
    out->count = 0;
    bool entry_found = false;
    for (int i = 0; i < header.phnum; i++) {
        struct elf_segment *s = &out->segment[out->count];
        assert(out->count < ELF_SEGMENTS && room.end == limits->end);
        memcpy(s, bytes + header.phoff + i * ELF_PROGRAM, sizeof(*s));
        bool is_empty = s->memsz == 0 && s->filesz == 0;
        if (s->type == ELF_INTERP) {
            return -ENOEXEC;
        }
        if (s->type != ELF_LOAD || is_empty) {
            continue;
        }
        if (!segment_is_good(s, file_size, &room)) {
            return -ENOEXEC;
        }
        vaddr_t end = s->vaddr + s->memsz;
        entry_found |=
            (s->rights & ELF_X) != 0 && is_inside(out->entry, 2, s->vaddr, end);
        room.start = round_up(end, PAGE_SIZE);
        out->count++;
    }
    return entry_found ? 0 : -ENOEXEC;
}
