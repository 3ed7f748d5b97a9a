#pragma once

#include "lib/types.h"

/*
 * The check every program file passes before exec maps it.
 */

#define ELF_SEGMENTS 16

#define ELF_X 1 // rights of a segment: the bits of p_flags
#define ELF_W 2
#define ELF_R 4

/* Bytes [offset, offset + filesz) of the file go to vaddr; the rest of memsz
   is zero. */
struct elf_segment {
    vaddr_t vaddr;
    uint64_t memsz;
    uint64_t filesz;
    uint64_t offset; // congruent to vaddr modulo the page size
    uint32_t rights;
};

struct elf_image {
    vaddr_t entry;
    int count;                                // at least 1
    struct elf_segment segment[ELF_SEGMENTS]; // by address; no page in two
};

/* User addresses [start, end) in which a program must lie. */
struct elf_limits {
    vaddr_t start;
    vaddr_t end;
};

/* Check a file of `file_size` bytes whose first `length` bytes (one page, or
   the whole file when shorter) are at `head`.  0, or -ENOEXEC. */
int elf_check(const void *head, size_t length, uint64_t file_size,
              const struct elf_limits *limits, struct elf_image *out);
