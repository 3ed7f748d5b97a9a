#pragma once

#include "image.h"
#include "lib/base.h"

/*
 * What the tests of the file system share: an image with a bit of everything,
 * system calls, and a walk that touches all there is.
 */
#define TEST_BLOCKS 1024
#define MANY        300 // names in /many: "n0" ...

/* A file of the image: `size` bytes, of which those in [from, from + n) were
   written; the rest are holes. */
struct test_file {
    const char *path;
    uint64_t size;
    uint64_t from;
    uint64_t n;
};

extern const struct test_file test_files[];
extern const int test_file_count;

/* Byte `offset` of what is written to file number `i`. */
char test_byte(int i, uint64_t offset);

/* Build the image, TEST_BLOCKS blocks of new memory. */
char *test_image(void);

/* Build an image of nothing but a device node, /node: new memory. */
char *test_empty_image(uint64_t blocks);

/* Start afresh on an image; what fs_mount says.  The process is then in "/"
   and has no open files. */
int test_mount(const char *base, uint64_t blocks, uint64_t seed);

/* Called, if set, just before test_mount mounts: to plan a fault; and whether
   it came before the mount was over. */
extern void (*test_before_mount)(void);
extern bool test_fault_came;

/* Close and forget all; then everything must be given back but the tables.
   Returns the objects left. */
int64_t test_end(void);

/* System calls. */
int64_t sys_call(uint64_t call, uint64_t a, uint64_t b, uint64_t c);
int64_t test_open(const char *path, int flags);
int64_t test_read(int64_t fd, void *to, uint64_t n);
int64_t test_close(int64_t fd);

/* Open, stat and read all there is below "/", and map the files' first and
   last pages.  Returns the calls that failed. */
int test_walk(void);
