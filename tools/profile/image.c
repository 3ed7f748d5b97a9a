#include "image.h"

#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * All programs have the same addresses.  To find the program that is executing,
 * compare the page of its code with the pages of each program.
 */
enum { PAGE = 4096 };

static struct image *images;
static size_t image_count;

/* Whether it is the kernel function of that name. */
bool is_kernel(const struct function *function, const char *name)
{
    return strcmp(function->image, "kernel") == 0 &&
           strcmp(function->name, name) == 0;
}

void *resized(void *memory, size_t size)
{
    memory = realloc(memory, size);
    if (memory == NULL) {
        fprintf(stderr, "profile: no memory left\n");
        exit(1);
    }
    return memory;
}

/* The contents of a file, or NULL. */
static uint8_t *file_read(const char *path)
{
    FILE *file = fopen(path, "rb");
    uint8_t *content = NULL;
    long size = 0;
    if (file != NULL && fseek(file, 0, SEEK_END) == 0) {
        size = ftell(file);
        rewind(file);
        content = resized(NULL, (size_t)size + 1);
    }
    if (content != NULL &&
        fread(content, 1, (size_t)size, file) != (size_t)size) {
        free(content);
        content = NULL;
    }
    if (file != NULL) {
        fclose(file);
    }
    return content;
}

static int by_address(const void *a, const void *b)
{
    const struct function *f = a;
    const struct function *g = b;
    if (f->start != g->start) {
        return f->start < g->start ? -1 : 1;
    }
    return strcmp(f->name, g->name);
}

/* Add the functions of one symbol table. */
static void image_take_symbols(struct image *image, const uint8_t *file,
                               const Elf64_Shdr *table, const Elf64_Shdr *all)
{
    const Elf64_Sym *symbols = (const Elf64_Sym *)(file + table->sh_offset);
    const char *names = (const char *)file + all[table->sh_link].sh_offset;
    size_t count = table->sh_size / sizeof(*symbols);
    image->functions = resized(NULL, (count + 1) * sizeof(struct function));
    for (size_t i = 0; i < count; i++) {
        if (ELF64_ST_TYPE(symbols[i].st_info) == STT_FUNC) {
            image->functions[image->count++] =
                (struct function){image->name, names + symbols[i].st_name,
                                  symbols[i].st_value, symbols[i].st_size};
        }
    }
    qsort(image->functions, image->count, sizeof(struct function), by_address);
}

/* Add a program; our own linker made the file, so it is trusted. */
bool image_add(const char *path)
{
    const uint8_t *file = file_read(path);
    if (file == NULL || memcmp(file, ELFMAG, SELFMAG) != 0) {
        fprintf(stderr, "profile: %s is not a program\n", path);
        return false;
    }
    const Elf64_Ehdr *header = (const Elf64_Ehdr *)file;
    const Elf64_Phdr *segments = (const Elf64_Phdr *)(file + header->e_phoff);
    const Elf64_Shdr *sections = (const Elf64_Shdr *)(file + header->e_shoff);
    const char *slash = strrchr(path, '/');
    struct image image = {.name = slash == NULL ? path : slash + 1,
                          .entry = header->e_entry};
    if (strcmp(image.name, "kernel.elf") == 0) {
        image.name = "kernel";
    }
    for (int i = 0; i < header->e_phnum; i++) {
        if (segments[i].p_type == PT_LOAD &&
            (segments[i].p_flags & PF_X) != 0) {
            image.text = file + segments[i].p_offset;
            image.start = segments[i].p_vaddr;
            image.load = segments[i].p_paddr;
            image.size = segments[i].p_filesz;
        }
    }
    for (int i = 0; i < header->e_shnum; i++) {
        if (sections[i].sh_type == SHT_SYMTAB) {
            image_take_symbols(&image, file, &sections[i], sections);
        }
    }
    images = resized(images, (image_count + 1) * sizeof(image));
    images[image_count++] = image;
    return true;
}

/* The function at an address of the image, or NULL. */
const struct function *image_function(const struct image *image,
                                      uint64_t address)
{
    size_t low = 0;
    size_t high = image->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (image->functions[middle].start <= address) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    const struct function *found = &image->functions[low - 1];
    return low > 0 && address - found->start < found->size ? found : NULL;
}

/* Whether the page that holds `offset` of the image's text is at `memory`. */
static bool image_has_page(const struct image *image, uint64_t offset,
                           const uint8_t *memory)
{
    uint64_t page = offset & ~(uint64_t)(PAGE - 1);
    uint64_t size = image->size - page < PAGE ? image->size - page : PAGE;
    return memcmp(image->text + page, memory, size) == 0;
}

/* The image whose code is at `*pc`, in host memory at `code`; NULL if none.
   Makes the address the one it was linked for. */
const struct image *image_at(uint64_t *pc, const uint8_t *code)
{
    const uint8_t *page = code - *pc % PAGE;
    for (const struct image *image = images; image < images + image_count;
         image++) {
        uint64_t offset = *pc - image->start;
        if (offset >= image->size) {
            offset = *pc - image->load;
        }
        if (offset < image->size && image_has_page(image, offset, page)) {
            *pc = image->start + offset;
            return image;
        }
    }
    return NULL;
}

/* The function of that name in the first image that has one. */
const struct function *image_find(const char *name)
{
    for (size_t i = 0; i < image_count; i++) {
        for (size_t j = 0; j < images[i].count; j++) {
            if (strcmp(images[i].functions[j].name, name) == 0) {
                return &images[i].functions[j];
            }
        }
    }
    return NULL;
}
