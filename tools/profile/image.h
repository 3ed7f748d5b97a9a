#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The kernel and the programs: ELF files from our own linker, their code, and
 * their functions.
 */
struct function {
    const char *image;
    const char *name;
    uint64_t start;
    uint64_t size;
};

struct image {
    const char *name;
    const uint8_t *text; // contents of the executable segment
    uint64_t start;      // its address
    uint64_t load;       // its address before the kernel turns the MMU on
    uint64_t size;
    uint64_t entry;
    struct function *functions; // sorted by address
    size_t count;
};

/* Add a program; false, with a message, if it cannot be read. */
bool image_add(const char *path);

/* The image whose code is at `*pc`, in host memory at `code`; NULL if none.
   Changes *pc to the address it was linked for. */
const struct image *image_at(uint64_t *pc, const uint8_t *code);

/* The function at an address of the image, or NULL. */
const struct function *image_function(const struct image *image,
                                      uint64_t address);

/* The function of that name in the first image that has one, or NULL. */
const struct function *image_find(const char *name);

/* Whether it is the kernel function of that name. */
bool is_kernel(const struct function *function, const char *name);

/* realloc that does not fail. */
void *resized(void *memory, size_t size);
