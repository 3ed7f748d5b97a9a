/*
 * The heap: malloc and free over sbrk.
 *
 * Memory from sbrk forms arenas.  An arena is a sequence of blocks without
 * gaps. Each block has a header with its size and the address of the block
 * below, so both neighbors of a block are found in one step.  A last header
 * that is always in use closes the arena.  If sbrk grows directly behind the
 * newest arena, that closing header becomes the header of the new block.
 *
 * Free blocks are also on a ring, most recently freed first.  The search takes
 * the first block that is large enough.
 *
 * Invariants: two free blocks are never adjacent; sizes are multiples of ALIGN;
 * returned pointers are aligned to ALIGN.  free() checks that its argument is a
 * block in use whose neighbors agree, and ends the program otherwise.  Memory
 * is never returned to the kernel.
 */
#include <stdbool.h>
#include "user/user.h"

enum {
    ALIGN = 16,
    USED = 1,         // flag in a block's size
    GROW = 16 * 1024, // minimum number of bytes requested from sbrk
};

#define HEAP_MAX (1UL << 40) // more than any address space: fails at once

struct block {
    struct block *below; // the previous block in memory, or NULL
    size_t size;         // including the header, plus USED
    struct block *next;  // ring of free blocks, valid only while free
    struct block *prev;
};

enum { HEADER = offsetof(struct block, next) };

static struct block ring = {.next = &ring, .prev = &ring};
static struct block *last; // the closing header of the newest arena

/* Size of a block, including its header. */
static size_t block_size(const struct block *b)
{
    return b->size & ~(size_t)USED;
}

/* Whether a block is allocated, or closes an arena. */
static bool block_used(const struct block *b)
{
    return (b->size & USED) != 0;
}

/* The next block in memory. */
static struct block *block_above(struct block *b)
{
    return (struct block *)((char *)b + block_size(b));
}

/* Put a block first on the ring of free blocks. */
static void ring_insert(struct block *b)
{
    b->next = ring.next;
    b->prev = &ring;
    ring.next->prev = b;
    ring.next = b;
}

/* Take a block off the ring. */
static void ring_remove(struct block *b)
{
    b->prev->next = b->next;
    b->next->prev = b->prev;
}

/* Set a block's size, and tell the block above where it begins. */
static void block_resize(struct block *b, size_t size)
{
    b->size = size;
    block_above(b)->below = b;
}

/* Put a block on the ring, merged with its free neighbors. */
static void block_release(struct block *b)
{
    struct block *above = block_above(b);

    b->size = block_size(b);
    if (!block_used(above)) {
        ring_remove(above);
        block_resize(b, b->size + above->size);
    }
    if (b->below != NULL && !block_used(b->below)) {
        struct block *below = b->below;

        ring_remove(below);
        block_resize(below, below->size + b->size);
        b = below;
    }
    ring_insert(b);
}

/* Allocate `size` bytes of a free block; free the rest if it is large enough
   for a block. */
static void block_take(struct block *b, size_t size)
{
    size_t rest = b->size - size;

    ring_remove(b);
    if (rest >= sizeof(struct block)) {
        struct block *upper = (struct block *)((char *)b + size);

        upper->below = b;
        block_resize(upper, rest);
        b->size = size;
        ring_insert(upper);
    }
    b->size |= USED;
}

/* Get memory for a block of `size` bytes from sbrk; false if it fails. */
static bool heap_grow(size_t size)
{
    size_t n = size + 2 * HEADER + ALIGN;

    n = n < GROW ? GROW : (n + ALIGN - 1) & ~(size_t)(ALIGN - 1);
    char *memory = sbrk((intptr_t)n);
    if (memory == SBRK_ERROR) {
        return false;
    }
    struct block *b = last;
    size_t total = n; // adjacent: our header is the old closing one
    if (last == NULL || memory != (char *)last + HEADER) {
        // The program may have moved the break to an unaligned address.
        size_t pad = -(uintptr_t)memory & (ALIGN - 1);

        b = (struct block *)(memory + pad);
        b->below = NULL;
        total = ((n - pad) & ~(size_t)(ALIGN - 1)) - HEADER;
    }
    last = (struct block *)((char *)b + total);
    last->size = HEADER | USED;
    block_resize(b, total);
    block_release(b);
    return true;
}

/* The first free block of at least `size` bytes, or NULL. */
static struct block *heap_find(size_t size)
{
    struct block *b;

    for (b = ring.next; b != &ring; b = b->next) {
        if (b->size >= size) {
            return b;
        }
    }
    return NULL;
}

/* Memory for `n` bytes, aligned to 16, with undefined contents.  NULL with
   ENOMEM; malloc(0) returns a block like any other. */
void *malloc(size_t n)
{
    if (n > HEAP_MAX) {
        errno = ENOMEM;
        return NULL;
    }
    size_t size = (n + HEADER + ALIGN - 1) & ~(size_t)(ALIGN - 1);
    if (size < sizeof(struct block)) {
        size = sizeof(struct block);
    }
    struct block *b = heap_find(size);
    if (b == NULL) {
        if (!heap_grow(size)) {
            errno = ENOMEM;
            return NULL;
        }
        b = heap_find(size);
    }
    block_take(b, size);
    return (char *)b + HEADER;
}

/* The block of a pointer from malloc; any other pointer ends the program. */
static struct block *block_of(void *pointer)
{
    struct block *b = (struct block *)((char *)pointer - HEADER);

    if ((uintptr_t)pointer % ALIGN != 0 || !block_used(b) ||
        block_above(b)->below != b) {
        fprintf(2, "free: %p is not an allocated block\n", pointer);
        exit(-1);
    }
    return b;
}

/* Free a block; NULL is allowed. */
void free(void *pointer)
{
    if (pointer != NULL) {
        block_release(block_of(pointer));
    }
}

/* Memory for an array, zeroed.  NULL with ENOMEM, also if the product
   overflows. */
void *calloc(size_t count, size_t size)
{
    size_t n;

    if (__builtin_mul_overflow(count, size, &n)) {
        errno = ENOMEM;
        return NULL;
    }
    void *block = malloc(n);
    if (block != NULL) {
        memset(block, 0, n);
    }
    return block;
}

/* Resize a block to `n` bytes, moving it if necessary.  On NULL with ENOMEM the
   old block is unchanged. */
void *realloc(void *pointer, size_t n)
{
    if (pointer == NULL) {
        return malloc(n);
    }
    size_t room = block_size(block_of(pointer)) - HEADER;
    if (n <= room) {
        return pointer;
    }
    void *moved = malloc(n);
    if (moved != NULL) {
        memcpy(moved, pointer, room);
        free(pointer);
    }
    return moved;
}
