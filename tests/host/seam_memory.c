#include "seam.h"

#include <sanitizer/asan_interface.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "api/errno.h"
#include "check/check.h"
#include "lib/klog.h"
#include "mm/hash.h"
#include "mm/page.h"
#include "vm/pager.h"
#include "mm/pool.h"
#include "vm/uaccess.h"

/*
 * The hosted seam, second part: memory, transfers, a disk, messages.
 *
 * Pages come from one arena; unused ones are poisoned for the address
 * sanitizer.  Objects of pools are separate blocks of host memory.
 */
#define PAGES_MAX 16384

static uint64_t alloc_fault, read_fault, write_fault, flush_fault; // n away
static bool write_forever, write_failed;
static uint64_t bad_block; // 0: none

/* Count down to a fault; returns whether it occurs now. */
static bool seam_faults(uint64_t *fault)
{
    return *fault > 0 && --*fault == 0;
}

void seam_fail_read(uint64_t n)
{
    read_fault = n;
}

void seam_fail_alloc(uint64_t n)
{
    alloc_fault = n;
}

void seam_fail_block(uint64_t block)
{
    bad_block = block;
}

void seam_fail_write(uint64_t n, bool forever)
{
    write_fault = n;
    write_forever = forever;
}

void seam_fail_flush(uint64_t n)
{
    flush_fault = n;
}

bool seam_fault_is_due(void)
{
    return read_fault > 0 || alloc_fault > 0 || write_fault > 0 ||
           flush_fault > 0;
}

void seam_no_faults(void)
{
    alloc_fault = read_fault = write_fault = flush_fault = 0;
    write_forever = write_failed = false;
    bad_block = 0;
}

/* ---- memory ----------------------------------------------------------- */

static char arena[PAGES_MAX][PAGE_SIZE] __attribute__((aligned(4096)));
static struct page pages[PAGES_MAX];
uintptr_t page_origin;
struct page_counts page_counts = {.total = PAGES_MAX};
static struct list free_pages;
struct page_hooks page_hooks; // only `reclaim` is called here

struct page *page_alloc(enum page_owner owner)
{
    if (seam_faults(&alloc_fault)) {
        return NULL;
    }
    while (page_counts.free == 0) { // others may be faster than this one
        if (page_hooks.reclaim == NULL || page_hooks.reclaim(1) == 0) {
            return NULL;
        }
    }
    struct page *page =
        list_entry(list_pop_front(&free_pages), struct page, link);
    page_counts.free--;
    *page = (struct page){.refs = 1, .owner = (uint8_t)owner};
    list_init(&page->link);
    __asan_unpoison_memory_region(page_address(page), PAGE_SIZE);
    memset(page_address(page), 0xa5, PAGE_SIZE);
    return page;
}

struct page *page_alloc_zeroed(enum page_owner owner)
{
    struct page *page = page_alloc(owner);
    if (page != NULL) {
        memset(page_address(page), 0, PAGE_SIZE);
    }
    return page;
}

void page_free(struct page *page, uint32_t refs)
{
    assert(refs == 1);
    page->owner = PAGE_FREE;
    __asan_poison_memory_region(page_address(page), PAGE_SIZE);
    list_push_back(&free_pages, &page->link);
    page_counts.free++;
}

void seam_set_pages(size_t count)
{
    assert(count <= PAGES_MAX);
    page_counts.total = count;
}

int64_t seam_pages(void)
{
    return (int64_t)(page_counts.total - page_counts.free);
}

/* Tables of a fixed size, allocated in order from seam_reset on. */
static void *tables[3][1 << 12];
static int table_count;

void hash_init(struct hash *hash, int share)
{
    (void)share;
    hash->chain = tables[table_count++];
    hash->shift = 64 - 12;
    memset(hash->chain, 0, sizeof(tables[0]));
}

/* An object of a pool is the host memory after this header. */
struct object {
    struct list link; // in `objects`
    struct pool *pool;
    uint64_t pad;
};

static struct list objects = {&objects, &objects};
static int64_t object_count;

void pool_init(struct pool *pool, const char *name, size_t size)
{
    *pool = (struct pool){.name = name, .size = (uint32_t)size};
}

void *pool_alloc(struct pool *pool)
{
    if (seam_faults(&alloc_fault)) {
        return NULL;
    }
    struct object *object = calloc(1, sizeof(*object) + pool->size);
    object->pool = pool;
    list_push_back(&objects, &object->link);
    object_count++;
    pool->live++;
    return object + 1;
}

void pool_free(struct pool *pool, void *memory)
{
    if (memory != NULL) {
        struct object *object = (struct object *)memory - 1;
        assert(object->pool == pool);
        list_remove(&object->link);
        object_count--;
        pool->live--;
        free(object);
    }
}

int64_t seam_objects(void)
{
    return object_count;
}

void pager_init(struct pager *pager, const struct pager_ops *ops)
{
    pager->ops = ops;
    spin_init(&pager->lock, "pager", RANK_PAGER);
    list_init(&pager->areas);
}

/* Nothing is mapped here. */
void pager_unmap(struct pager *pager, uint64_t index, uint64_t end)
{
    (void)index;
    (void)end;
    assert(list_is_empty(&pager->areas));
}

/* ---- transfers -------------------------------------------------------- */

void iobuf_kernel(struct iobuf *buf, void *memory, size_t length)
{
    *buf = (struct iobuf){.length = length, .kernel = memory};
}

/* Whether the program can access an address. */
static bool user_has(vaddr_t va)
{
    return va >= SEAM_BAD_ADDRESS + PAGE_SIZE;
}

int iobuf_hold(struct iobuf *buf, vaddr_t va, size_t length, bool write)
{
    (void)write;
    seam_maybe_yield();
    size_t most = IOBUF_PAGES * PAGE_SIZE - va % PAGE_SIZE;
    iobuf_kernel(buf, (void *)va, length < most ? length : most);
    return user_has(va) ? 0 : -EFAULT;
}

void iobuf_release(struct iobuf *buf)
{
    (void)buf;
}

void iobuf_put(struct iobuf *buf, size_t at, const void *src, size_t n)
{
    assert(at <= buf->length && n <= buf->length - at);
    seam_maybe_yield();
    memcpy(buf->kernel + at, src, n);
}

void iobuf_get(const struct iobuf *buf, size_t at, void *dst, size_t n)
{
    assert(at <= buf->length && n <= buf->length - at);
    seam_maybe_yield();
    memcpy(dst, buf->kernel + at, n);
}

void iobuf_zero(struct iobuf *buf, size_t at, size_t n)
{
    assert(at <= buf->length && n <= buf->length - at);
    memset(buf->kernel + at, 0, n);
}

int copy_in(void *dst, vaddr_t src, size_t n)
{
    if (!user_has(src)) {
        return -EFAULT;
    }
    memcpy(dst, (const void *)src, n);
    return 0;
}

int copy_out(vaddr_t dst, const void *src, size_t n)
{
    if (!user_has(dst)) {
        return -EFAULT;
    }
    memcpy((void *)dst, src, n);
    return 0;
}

ssize_t copy_in_string(char *dst, vaddr_t src, size_t size)
{
    if (!user_has(src)) {
        return -EFAULT;
    }
    size_t n = strnlen((const char *)src, size);
    if (n == size) {
        return -ENAMETOOLONG;
    }
    memcpy(dst, (const void *)src, n + 1);
    return (ssize_t)n;
}

/* ---- the disk --------------------------------------------------------- */

static const char *disk_base; // original contents
static char **disk_changed;   // blocks that were written, otherwise NULL
static uint64_t disk_blocks;
static uint64_t disk_reads;

/* The present contents of a block. */
static const char *disk_block(uint64_t block)
{
    return disk_changed[block] != NULL ? disk_changed[block]
                                       : disk_base + block * PAGE_SIZE;
}

static struct seam_write *writes;
static size_t write_count, write_room;
static bool recording;

/* Record an event. */
static void note_write(uint64_t block, const char *bytes)
{
    if (!recording) {
        return;
    }
    if (write_count == write_room) {
        write_room = write_room * 2 + 64;
        writes = realloc(writes, write_room * sizeof(*writes));
    }
    struct seam_write *write = &writes[write_count++];
    *write = (struct seam_write){.block = block};
    if (bytes != NULL) {
        write->bytes = malloc(PAGE_SIZE);
        memcpy(write->bytes, bytes, PAGE_SIZE);
    }
}

void seam_record(bool on)
{
    for (size_t i = 0; on && i < write_count; i++) {
        free(writes[i].bytes);
    }
    write_count = on ? 0 : write_count;
    recording = on;
}

struct seam_write *seam_writes(size_t *count)
{
    *count = write_count;
    return writes;
}

static int disk_read(uint64_t block, struct page *const *page, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        disk_reads++;
        check_can_sleep("read");
        seam_yield();
        bool is_bad = bad_block != 0 && block + i == bad_block;
        if (seam_faults(&read_fault) || is_bad) {
            return -EIO;
        }
        memcpy(page_address(page[i]), disk_block(block + i), PAGE_SIZE);
    }
    return 0;
}

static void (*write_hook)(void);

void seam_on_write(void (*hook)(void))
{
    write_hook = hook;
}

static int disk_write(uint64_t block, struct page *const *page, size_t count)
{
    if (write_hook != NULL) {
        void (*hook)(void) = write_hook;
        write_hook = NULL;
        hook();
    }
    for (size_t i = 0; i < count; i++) {
        check_can_sleep("write");
        seam_yield();
        if (seam_faults(&write_fault) || write_failed) {
            write_failed = write_forever;
            return -EIO;
        }
        note_write(block + i, page_address(page[i]));
        char **changed = &disk_changed[block + i];
        *changed = *changed != NULL ? *changed : malloc(PAGE_SIZE);
        memcpy(*changed, page_address(page[i]), PAGE_SIZE);
    }
    return 0;
}

static int disk_flush(void)
{
    seam_yield();
    if (seam_faults(&flush_fault) || write_failed) {
        return -EIO;
    }
    note_write(SEAM_FLUSH, NULL);
    return 0;
}

static int disk_request(enum block_request type, uint64_t block,
                        struct page *const *page, size_t count)
{
    switch (type) {
    case BLOCK_READ:
        return disk_read(block, page, count);
    case BLOCK_WRITE:
        return disk_write(block, page, count);
    default:
        return disk_flush();
    }
}

static struct block_device disk = {.request = disk_request, .name = "disk"};

/* Discard all writes. */
static void disk_forget(void)
{
    for (uint64_t i = 0; i < disk_blocks; i++) {
        free(disk_changed[i]);
    }
    free(disk_changed);
}

struct block_device *seam_disk(const char *base, uint64_t blocks)
{
    disk_forget();
    disk_base = base;
    disk_blocks = blocks;
    disk_changed = calloc(blocks + 1, sizeof(*disk_changed));
    disk.blocks = blocks;
    return &disk;
}

void seam_disk_protect(bool read_only)
{
    disk.read_only = read_only;
}

void seam_disk_copy(char *into)
{
    for (uint64_t i = 0; i < disk_blocks; i++) {
        memcpy(into + i * PAGE_SIZE, disk_block(i), PAGE_SIZE);
    }
}

uint64_t seam_disk_reads(void)
{
    return disk_reads;
}

/* ---- messages --------------------------------------------------------- */

static char message[512];

const char *seam_message(void)
{
    return message;
}

void kprintf(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof(message), format, args);
    va_end(args);
}

/* ---- a new beginning -------------------------------------------------- */

void seam_reset_memory(void)
{
    struct list *link;
    while ((link = list_pop_front(&objects)) != NULL) {
        free(list_entry(link, struct object, link));
    }
    object_count = 0;
    table_count = 0;
    page_origin = (uintptr_t)pages;
    page_origin -= (uintptr_t)page_of(arena) - page_origin;
    list_init(&free_pages);
    page_counts.free = page_counts.total;
    __asan_poison_memory_region(arena, page_counts.total * PAGE_SIZE);
    for (size_t i = 0; i < page_counts.total; i++) {
        pages[i].refs = 0;
        list_push_back(&free_pages, &pages[i].link);
    }
    page_hooks.reclaim = NULL;
    seam_no_faults();
    disk_reads = 0;
    message[0] = '\0';
}
