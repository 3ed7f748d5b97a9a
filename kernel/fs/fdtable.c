#include "fs/fdtable.h"
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
 * Locks: table->lock, rank FDTABLE.  Files are closed without it, because that
 * may sleep.
 */
struct fdtable {
    uint32_t refs;   // [a]
    uint32_t lowest; // [l] or, for this and the next two, the only reference
    uint32_t end;    // [l]
    struct spinlock lock;      // [l]
    struct file *file[NOFILE]; // [l]
};

static_assert(sizeof(struct fdtable) <= PAGE_SIZE, "a table is a page");

struct fdtable *fdtable_create(void)
{
    struct page *page = page_alloc(PAGE_KERNEL);
    if (page == NULL) {
        return NULL;
    }
    struct fdtable *table = page_address(page);
    table->refs = 1;
    table->lowest = 0;
    table->end = 0;
    spin_init(&table->lock, "fdtable", RANK_FDTABLE);
    return table;
}

static struct file *fdtable_get_locked(struct fdtable *table, uint64_t fd)
{
    check_that(table->refs == 1 || spin_is_held(&table->lock));
    struct file *file = fd < table->end ? table->file[fd] : NULL;
    if (file != NULL) {
        file_ref(file);
    }
    return file;
}

int fdtable_copy(struct fdtable *from, struct fdtable **out)
{
    struct fdtable *to = fdtable_create();
    if (to == NULL) {
        return -ENOMEM;
    }
    spin_acquire(&from->lock);
    to->lowest = from->lowest;
    to->end = from->end;
    for (uint32_t fd = 0; fd < from->end; fd++) {
        to->file[fd] = fdtable_get_locked(from, fd);
    }
    spin_release(&from->lock);
    *out = to;
    return 0;
}

void fdtable_put(struct fdtable *table)
{
    assert_can_sleep();
    if (atomic_sub_full(&table->refs, 1) > 1) {
        return;
    }
    for (uint32_t fd = 0; fd < table->end; fd++) {
        if (table->file[fd] != NULL) {
            file_put(table->file[fd]);
        }
    }
    page_put(page_of(table));
}

static SLOW_PATH struct file *fdtable_get_shared(struct fdtable *table,
                                                 uint64_t fd)
{
    spin_acquire(&table->lock);
    struct file *file = fdtable_get_locked(table, fd);
    spin_release(&table->lock);
    return file;
}

/* Without the lock if nobody shares the table: it cannot change while its only
   user is here. */
struct file *fdtable_get(struct fdtable *table, uint64_t fd)
{
    return atomic_load_acquire(&table->refs) == 1
               ? fdtable_get_locked(table, fd)
               : fdtable_get_shared(table, fd);
}

/* Put another file, or NULL, under a descriptor; returns the one that was
   there. */
static struct file *fdtable_swap_locked(struct fdtable *table, uint32_t fd,
                                        struct file *file)
{
    assert_held(&table->lock);
    assert(fd < NOFILE);
    while (file != NULL && table->end <= fd) {
        table->file[table->end++] = NULL;
    }
    if (fd >= table->end) {
        return NULL;
    }
    struct file *old = table->file[fd];
    table->file[fd] = file;
    if (file == NULL) {
        table->lowest = (uint32_t)min_u64(table->lowest, fd);
    }
    return old;
}

/* The lowest descriptor that is not open, or NOFILE. */
static uint32_t fdtable_find_lowest_locked(struct fdtable *table)
{
    assert_held(&table->lock);
    while (table->lowest < table->end && table->file[table->lowest] != NULL) {
        table->lowest++;
    }
    return table->lowest;
}

bool fdtable_has_room(struct fdtable *table)
{
    spin_acquire(&table->lock);
    bool has = fdtable_find_lowest_locked(table) < NOFILE;
    spin_release(&table->lock);
    return has;
}

int fdtable_add(struct fdtable *table, struct file *file)
{
    spin_acquire(&table->lock);
    uint32_t fd = fdtable_find_lowest_locked(table);
    if (fd < NOFILE) {
        fdtable_swap_locked(table, fd, file);
    }
    spin_release(&table->lock);
    if (fd == NOFILE) {
        file_put(file);
        return -EMFILE;
    }
    return (int)fd;
}

int fdtable_set(struct fdtable *table, uint64_t fd, struct file *file)
{
    if (fd >= NOFILE) {
        return -EBADF;
    }
    spin_acquire(&table->lock);
    struct file *old = fdtable_swap_locked(table, (uint32_t)fd, file);
    spin_release(&table->lock);
    if (old != NULL) {
        file_put(old);
    }
    return old != NULL || file != NULL ? 0 : -EBADF;
}
