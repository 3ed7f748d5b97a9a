#include "fs_image.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "api/errno.h"
#include "api/fcntl.h"
#include "api/stat.h"
#include "dev/chardev.h"
#include "fs/fdtable.h"
#include "fs/fs.h"
#include "fs/inode_io.h"
#include "fs/inode.h"
#include "fs/path.h"
#include "lib/klog.h"
#include "vm/uaccess.h"
#include "mm/page.h"
#include "proc/proc.h"
#include "seam.h"
#include "sys/syscall.h"

#define BLOCK    4096UL
#define INDIRECT (FS_DIRECT * BLOCK) // first byte behind it
#define DOUBLE   ((FS_DIRECT + FS_POINTERS) * BLOCK)
#define DEPTH    12
#define VISITS   1500 // of one walk: links on a damaged disk may be circular

/* Sizes at every step of the block map, and holes on each side. */
const struct test_file test_files[] = {
    {"empty", 0, 0, 0},
    {"one", 1, 0, 1},
    {"block-1", BLOCK - 1, 0, BLOCK - 1},
    {"block", BLOCK, 0, BLOCK},
    {"block+1", BLOCK + 1, 0, BLOCK + 1},
    {"direct", INDIRECT, 0, INDIRECT},
    {"direct+1", INDIRECT + 1, 0, INDIRECT + 1},
    {"d/indirect", INDIRECT + 5 * BLOCK + 7, 0, INDIRECT + 5 * BLOCK + 7},
    {"d/e/hole", INDIRECT + 2 * BLOCK, INDIRECT, BLOCK},
    {"d/e/last-indirect", DOUBLE, DOUBLE - 100, 100},
    {"d/e/double", DOUBLE + 1, DOUBLE - 100, 101},
    {"d/e/far", DOUBLE + (3 * FS_POINTERS + 9) * BLOCK + 5,
     DOUBLE + 3 * FS_POINTERS *BLOCK - 3, 9 * BLOCK + 8},
    {"d/e/largest", FS_FILE_MAX, FS_FILE_MAX - BLOCK - 1, BLOCK + 1},
};
const int test_file_count = ARRAY_LENGTH(test_files);

char test_byte(int i, uint64_t offset)
{
    return (char)(1 + (offset * 7 + offset / BLOCK * 13 + (uint64_t)i) % 255);
}

/* Make an inode; the image has room. */
static uint32_t make(struct image *image, uint32_t dir, const char *name,
                     enum fs_type type)
{
    uint32_t number = image_create(image, dir, name, type);
    assert(number != 0);
    return number;
}

/* Make file i of test_files. */
static void make_file(struct image *image, int i, uint32_t d, uint32_t e)
{
    const struct test_file *file = &test_files[i];
    const char *slash = strrchr(file->path, '/');
    uint32_t dir = slash == NULL                                     ? FS_ROOT
                   : file->path[1] == '/' && slash == file->path + 1 ? d
                                                                     : e;
    uint32_t number =
        make(image, dir, slash == NULL ? file->path : slash + 1, FS_FILE);
    char *bytes = malloc(file->n + 1);
    for (uint64_t at = 0; at < file->n; at++) {
        bytes[at] = test_byte(i, file->from + at);
    }
    bool done = image_write(image, number, file->from, bytes, file->n);
    assert(done);
    image_inode(image, number)->size = file->size;
    free(bytes);
}

/* Make a symbolic link in "/". */
static void make_link(struct image *image, const char *name, const char *to)
{
    bool done =
        image_set_target(image, make(image, FS_ROOT, name, FS_SYMLINK), to);
    assert(done);
}

/* Make the symbolic links. */
static void make_links(struct image *image)
{
    char target[200] = "";
    while (strlen(target) < 150) {
        strcat(target, "d/e/../../");
    }
    strcat(target, "one");
    make_link(image, "to-one", "one");
    make_link(image, "to-one-abs", "/d/../one");
    make_link(image, "to-d", "d");
    make_link(image, "to-to-d", "to-d/");
    make_link(image, "long", target);
    make_link(image, "nowhere", "no/such");
    make_link(image, "loop-a", "loop-b");
    make_link(image, "loop-b", "loop-a");
}

char *test_image(void)
{
    struct image image;
    char *base = calloc(TEST_BLOCKS, BLOCK);
    bool done = image_begin(&image, base, TEST_BLOCKS, 5);
    assert(done);
    uint32_t d = make(&image, FS_ROOT, "d", FS_DIRECTORY);
    uint32_t e = make(&image, d, "e", FS_DIRECTORY);
    for (int i = 0; i < test_file_count; i++) {
        make_file(&image, i, d, e);
    }
    uint32_t many = make(&image, FS_ROOT, "many", FS_DIRECTORY);
    uint32_t one = image_find(&image, FS_ROOT, "one");
    for (int i = 0; i < MANY; i++) {
        char name[16];
        snprintf(name, sizeof(name), "n%d", i);
        done = image_link(&image, many, name, one);
        assert(done);
    }
    make_links(&image);
    image_inode(&image, make(&image, FS_ROOT, "null", FS_DEVICE))->major =
        DEVICE_MEMORY;
    image_inode(&image, make(&image, FS_ROOT, "nodriver", FS_DEVICE))->major =
        7;
    image_end(&image);
    return base;
}

char *test_empty_image(uint64_t blocks)
{
    struct image image;
    char *base = calloc(blocks, BLOCK);
    bool done = image_begin(&image, base, blocks, 5);
    assert(done);
    make(&image, FS_ROOT, "node", FS_DEVICE);
    image_end(&image);
    return base;
}

/* The console of the hosted kernel: reads nothing, discards everything. */
static ssize_t console_read(int minor, struct iobuf *buf)
{
    (void)minor;
    (void)buf;
    return 0;
}

static ssize_t console_write(int minor, struct iobuf *buf)
{
    (void)minor;
    return (ssize_t)buf->length;
}

const struct chardev console_driver = {console_read, console_write};

void (*test_before_mount)(void);
bool test_fault_came;

int test_mount(const char *base, uint64_t blocks, uint64_t seed)
{
    seam_reset(seed);
    fs_init();
    if (test_before_mount != NULL) {
        test_before_mount();
    }
    int error = fs_mount(seam_disk(base, blocks));
    test_fault_came = !seam_fault_is_due();
    seam_fail_read(0);
    seam_fail_alloc(0);
    if (error == 0) {
        proc_current()->cwd = fs_root();
        proc_current()->files = fdtable_create();
    }
    return error;
}

int64_t test_end(void)
{
    struct proc *proc = proc_current();
    if (proc->files != NULL) {
        fdtable_put(proc->files);
        inode_put(proc->cwd);
        inode_put(fs_root());
        inode_put(path_root);
    }
    fs_trim();
    return seam_objects();
}

/* Calls of sources that are not hosted. */
#define MISSING_ARGS(name)                                                     \
    __attribute__((weak)) int64_t name(NO_ARGS)                                \
    {                                                                          \
        return -ENOSYS;                                                        \
    }
#define MISSING_FILE(name)                                                     \
    __attribute__((weak)) int64_t name(NO_ARGS, struct file *file)             \
    {                                                                          \
        return file == NULL ? 0 : -ENOSYS;                                     \
    }
#define MISSING_PATH(name)
#define MISSING_PATHS(name)
#define MISSING(number, name, kind, arguments) MISSING_##kind(sys_##name)
SYSCALL_LIST(MISSING)

int64_t sys_call(uint64_t call, uint64_t a, uint64_t b, uint64_t c)
{
    uint64_t registers[8] = {[0] = a, [1] = b, [2] = c, [7] = call};
    return syscall_dispatch(registers);
}

int64_t test_open(const char *path, int flags)
{
    return sys_call(SYS_open, (uint64_t)path, (uint64_t)flags, 0);
}

int64_t test_read(int64_t fd, void *to, uint64_t n)
{
    return sys_call(SYS_read, (uint64_t)fd, (uint64_t)to, n);
}

int64_t test_close(int64_t fd)
{
    return sys_call(SYS_close, (uint64_t)fd, 0, 0);
}

/* Map the first and the last page of a file and one past the end; returns the
   number of failed calls. */
static int walk_pages(const char *path)
{
    struct inode *inode;
    if (path_lookup(path, &inode) != 0) {
        return 1;
    }
    int failed = 0;
    uint64_t end = (inode_size(inode) + BLOCK - 1) / BLOCK;
    uint64_t index[] = {0, end > 0 ? end - 1 : 0, end};
    struct pager *pager = &inode->pager;
    for (int i = 0; i < 3; i++) {
        struct page *page;
        int error = pager->ops->get_page(pager, index[i], &page);
        assert(error == -ERANGE || index[i] < end);
        if (error == 0) {
            pager->ops->unlock(pager);
            page_put(page);
        }
        failed += error != 0 && error != -ERANGE;
    }
    inode_put(inode);
    return failed;
}

static int walk_path(const char *path, int depth);

static int visits_left; // shared by simultaneous walks

/* Visit everything in a directory; returns the number of failed calls. */
static int walk_directory(int64_t fd, const char *path, int depth)
{
    struct dirent record[16];
    int failed = 0;
    int64_t n;
    while ((n = test_read(fd, record, sizeof(record))) > 0) {
        for (int64_t i = 0; i < n / (int64_t)sizeof(record[0]); i++) {
            char below[1024];
            if (record[i].name[0] != '.' && depth < DEPTH) {
                snprintf(below, sizeof(below), "%s/%s", path, record[i].name);
                failed += walk_path(below, depth + 1);
            }
        }
    }
    return failed + (n < 0);
}

/* Visit a path; returns the number of failed calls. */
static int walk_path(const char *path, int depth)
{
    static char bytes[64 * BLOCK];
    struct stat stat;
    if (visits_left-- <= 0) {
        return 0;
    }
    int64_t fd = test_open(path, O_RDONLY);
    if (fd < 0) {
        return 1;
    }
    int failed = sys_call(SYS_fstat, (uint64_t)fd, (uint64_t)&stat, 0) != 0;
    if (stat.type == T_DIR) {
        failed += walk_directory(fd, path, depth);
    } else {
        failed += test_read(fd, bytes, sizeof(bytes)) < 0;
        failed += stat.type == T_FILE ? walk_pages(path) : 0;
    }
    test_close(fd);
    return failed;
}

int test_walk(void)
{
    visits_left = VISITS;
    return walk_path("/.", 0);
}
