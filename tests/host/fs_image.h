#pragma once

#include "image.h"
#include "lib/base.h"

/*
 * Code that the file system tests share: an image with a bit of everything,
 * system calls, and a walk that touches everything.
 */
#define TEST_BLOCKS 1024
#define MANY        300 // names in /many: "n0" ...

/* A file of the image: `size` bytes, of which [from, from + n) were written;
   the rest are holes. */
struct test_file {
    const char *path;
    uint64_t size;
    uint64_t from;
    uint64_t n;
};

extern const struct test_file test_files[];
extern const int test_file_count;

/* Byte `offset` of the data written to file number `i`. */
char test_byte(int i, uint64_t offset);

/* Build the image, TEST_BLOCKS blocks of new memory. */
char *test_image(void);

/* Build an image with nothing but a device node, /node, in new memory. */
char *test_empty_image(uint64_t blocks);

/* Start anew with an image; returns the result of fs_mount.  The process is
   then in "/" and has no open files. */
int test_mount(const char *base, uint64_t blocks, uint64_t seed);

/* Called, if set, just before test_mount mounts, to plan a fault; and whether
   the fault occurred before the mount was over. */
extern void (*test_before_mount)(void);
extern bool test_fault_came;

/* Close and forget everything; then everything except the tables must be freed.
   Returns the number of objects left. */
int64_t test_end(void);

/* System calls. */
int64_t sys_call(uint64_t call, uint64_t a, uint64_t b, uint64_t c);
int64_t test_open(const char *path, int flags);
int64_t test_read(int64_t fd, void *to, uint64_t n);
int64_t test_close(int64_t fd);

/* Open, stat, and read everything below "/", and map the files' first and last
   pages. Returns the number of failed calls. */
int test_walk(void);
