#pragma once

#include "lib/base.h"

/*
 * The check every program file passes before exec maps it.
 */

#define ELF_SEGMENTS 16

#define ELF_X 1 // rights of a segment: the bits of p_flags
#define ELF_W 2
#define ELF_R 4

/* A program header but for its last field.  Bytes [offset, offset + filesz) of
   the file go to vaddr; the rest of memsz is zero. */
struct elf_segment {
    uint32_t type;
    uint32_t rights;
    uint64_t offset; // congruent to vaddr modulo the page size
    vaddr_t vaddr;
    uint64_t paddr; // means nothing here
    uint64_t filesz;
    uint64_t memsz;
};

struct elf_image {
    vaddr_t entry;
    int count;                                // at least 1
    struct elf_segment segment[ELF_SEGMENTS]; // by address; no page in two
};

/* Check a file of `file_size` bytes whose first `length` bytes (one page, or
   the whole file when shorter) are at `head`, and which must lie within the
   pages of `limits`.  0, or -ENOEXEC. */
int elf_check(const void *head, size_t length, uint64_t file_size,
              const struct region *limits, struct elf_image *out);
