#include "bench.h"

/*
 * Rows about memory: growing and shrinking the heap, the three kinds of page
 * faults, mappings.
 */

static char *area;
static size_t area_size;

/* Touch each page of the area, by writing or reading. */
static void write_pages(int pages)
{
    for (int i = 0; i < pages; i++) {
        area[(size_t)i * PAGE] = 1;
    }
}

static void read_pages(int pages)
{
    for (int i = 0; i < pages; i++) {
        (void)*(volatile char *)&area[(size_t)i * PAGE];
    }
}

static void run_grow(int pages)
{
    area = sbrk((intptr_t)pages * PAGE);
    area_size = (size_t)pages * PAGE;
    must(area != SBRK_ERROR, "sbrk");
    write_pages(pages);
}

static void run_shrink(int pages)
{
    must(sbrk(-(intptr_t)pages * PAGE) != SBRK_ERROR, "sbrk");
}

static void finish_grow(void)
{
    sbrk(-(intptr_t)area_size);
}

/* ---- page faults --------------------------------------------------------- */

static void map(int pages, int flags, int fd)
{
    area_size = (size_t)pages * PAGE;
    area = mmap(NULL, area_size, PROT_READ | PROT_WRITE, flags, fd, 0);
    must(area != MAP_FAILED, "mmap");
}

static void prepare_zero(int pages)
{
    map(pages, MAP_PRIVATE | MAP_ANONYMOUS, -1);
}

static void prepare_copy(int pages)
{
    prepare_zero(pages);
    write_pages(pages);
}

/* A file whose pages are in the cache. */
static void prepare_file(int pages)
{
    static char chunk[PAGE];
    int fd = open("/mapped", O_RDWR | O_CREATE);
    must(fd >= 0, "open");
    for (int i = 0; i < pages; i++) {
        must(write(fd, chunk, PAGE) == PAGE, "write");
    }
    sync();
    map(pages, MAP_PRIVATE, fd);
    close(fd);
}

static void finish_map(void)
{
    munmap(area, area_size);
    unlink("/mapped");
}

static void run_map(int rounds)
{
    enum { MAPPED = 16 };
    for (int i = 0; i < rounds; i++) {
        map(MAPPED, MAP_PRIVATE | MAP_ANONYMOUS, -1);
        must(munmap(area, area_size) == 0, "munmap");
    }
}

const struct row memory_rows[] = {
    {"sbrk and touch, per page", 512, 1, run_grow, NULL, finish_grow, false,
     false},
    {"sbrk shrink, per page", 512, 1, run_shrink, run_grow, NULL, false, false},
    {"page fault: zero", 512, 1, write_pages, prepare_zero, finish_map, false,
     false},
    {"page fault: file in the cache", 512, 1, read_pages, prepare_file,
     finish_map, false, false},
    {"page fault: copy on write", 512, 1, write_pages, prepare_copy, finish_map,
     true, false},
    {"mmap and munmap of 16 pages", 200, 1, run_map, NULL, NULL, false, false},
    {NULL, 0, 0, NULL, NULL, NULL, false, false},
};
