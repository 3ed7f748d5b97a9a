#include "fs/files.h"
#include "api/limits.h"
#include "fs/file.h"
#include "mm/page.h"
#include "sync/spinlock.h"

/*
 * Descriptor tables: one page each.
 *
 *  1. A descriptor holds one reference to its file.
 *  2. No descriptor below `lowest` is free, so a search starts there.  None
 *     from `end` on is open: a walk of all stops there, since nothing has been
 *     stored behind it.
 *
 * Locks: files->lock, rank FILES.  Files are closed without it, because that
 * may sleep.
 */
struct files {
    uint32_t refs;   // [a]
    uint32_t lowest; // [l] or, for this and the next two, the only reference
    uint32_t end;    // [l]
    struct spinlock lock;      // [l]
    struct file *file[NOFILE]; // [l]
};

static_assert(sizeof(struct files) <= PAGE_SIZE, "a table is a page");

struct files *files_create(void)
{
    struct page *page = page_alloc(PAGE_KERNEL);
    if (page == NULL) {
        return NULL;
    }
    struct files *files = page_address(page);
    files->refs = 1;
    files->lowest = 0;
    files->end = 0;
    spin_init(&files->lock, "files", RANK_FILES);
    return files;
}

static struct file *files_get_locked(struct files *files, uint64_t fd)
{
    check_that(files->refs == 1 || spin_is_held(&files->lock));
    struct file *file = fd < files->end ? files->file[fd] : NULL;
    if (file != NULL) {
        file_ref(file);
    }
    return file;
}

int files_copy(struct files *from, struct files **out)
{
    struct files *to = files_create();
    if (to == NULL) {
        return -ENOMEM;
    }
    spin_acquire(&from->lock);
    to->lowest = from->lowest;
    to->end = from->end;
    for (uint32_t fd = 0; fd < from->end; fd++) {
        to->file[fd] = files_get_locked(from, fd);
    }
    spin_release(&from->lock);
    *out = to;
    return 0;
}

void files_put(struct files *files)
{
    assert_can_sleep();
    if (atomic_sub_full(&files->refs, 1) > 1) {
        return;
    }
    for (uint32_t fd = 0; fd < files->end; fd++) {
        if (files->file[fd] != NULL) {
            file_put(files->file[fd]);
        }
    }
    page_put(page_of(files));
}

static SLOW_PATH struct file *files_get_shared(struct files *files, uint64_t fd)
{
    spin_acquire(&files->lock);
    struct file *file = files_get_locked(files, fd);
    spin_release(&files->lock);
    return file;
}

/* Without the lock if nobody shares the table: it cannot change while its only
   user is here. */
struct file *files_get(struct files *files, uint64_t fd)
{
    return atomic_load_acquire(&files->refs) == 1 ? files_get_locked(files, fd)
                                                  : files_get_shared(files, fd);
}

/* Put another file, or NULL, under a descriptor; returns the one that was
   there. */
static struct file *files_swap_locked(struct files *files, uint32_t fd,
                                      struct file *file)
{
    assert_held(&files->lock);
    assert(fd < NOFILE);
    while (file != NULL && files->end <= fd) {
        files->file[files->end++] = NULL;
    }
    if (fd >= files->end) {
        return NULL;
    }
    struct file *old = files->file[fd];
    files->file[fd] = file;
    if (file == NULL) {
        files->lowest = (uint32_t)min_u64(files->lowest, fd);
    }
    return old;
}

/* The lowest descriptor that is not open, or NOFILE. */
static uint32_t files_find_lowest_locked(struct files *files)
{
    assert_held(&files->lock);
    while (files->lowest < files->end && files->file[files->lowest] != NULL) {
        files->lowest++;
    }
    return files->lowest;
}

bool files_has_room(struct files *files)
{
    spin_acquire(&files->lock);
    bool has = files_find_lowest_locked(files) < NOFILE;
    spin_release(&files->lock);
    return has;
}

int files_add(struct files *files, struct file *file)
{
    spin_acquire(&files->lock);
    uint32_t fd = files_find_lowest_locked(files);
    if (fd < NOFILE) {
        files_swap_locked(files, fd, file);
    }
    spin_release(&files->lock);
    if (fd == NOFILE) {
        file_put(file);
        return -EMFILE;
    }
    return (int)fd;
}

int files_set(struct files *files, uint64_t fd, struct file *file)
{
    if (fd >= NOFILE) {
        return -EBADF;
    }
    spin_acquire(&files->lock);
    struct file *old = files_swap_locked(files, (uint32_t)fd, file);
    spin_release(&files->lock);
    if (old != NULL) {
        file_put(old);
    }
    return old != NULL || file != NULL ? 0 : -EBADF;
}
