#include "sys/syscall.h"
#include "fs/file.h"
#include "fs/fdtable.h"
#include "mm/page.h"
#include "vm/uaccess.h"

/*
 * The dispatcher of system calls: the only doors into the kernel that a program
 * can open by itself.  docs/coming-from-xv6.md shows how to add a call.
 */

/* The handler of a call: one of these. */
struct entry {
    handler_ARGS *ARGS;
    handler_FILE *FILE;
    handler_PATH *PATH;
    handler_PATHS *PATHS;
};

#define TABLE_ENTRY(number, name, kind, arguments)                             \
    [number] = {.kind = sys_##name},
static const struct entry table[SYS_COUNT] = {SYSCALL_LIST(TABLE_ENTRY)};

/* Call the handler with the file of the first argument. */
static SLOW_PATH int64_t with_file(const uint64_t args[6],
                                   const struct entry *entry)
{
    struct file *file = fdtable_get(proc_current()->files, args[0]);
    if (file == NULL) {
        return -EBADF;
    }
    int64_t result = entry->FILE(args, file);
    file_put(file);
    return result;
}

/* Call the handler with one path or two, fetched from user memory into a page:
   on the kernel stack, two would take a quarter of it. */
static SLOW_PATH int64_t with_paths(const uint64_t args[6],
                                    const struct entry *entry)
{
    static_assert(2 * MAXPATH <= PAGE_SIZE, "two paths in a page");
    if (entry->PATH == NULL && entry->PATHS == NULL) {
        return -ENOSYS;
    }
    struct page *page = page_alloc(PAGE_KERNEL);
    if (page == NULL) {
        return -ENOMEM;
    }
    char *path = page_address(page);
    char *second = path + MAXPATH;
    int64_t result = copy_in_string(path, args[0], MAXPATH);
    if (result >= 0 && entry->PATHS != NULL) {
        result = copy_in_string(second, args[1], MAXPATH);
    }
    if (result >= 0) {
        result = entry->PATHS != NULL ? entry->PATHS(path, second)
                                      : entry->PATH(args, path);
    }
    page_put(page);
    return result;
}

int64_t syscall_dispatch(const uint64_t a[8])
{
    assert_can_sleep();
    check_ranks_below(RANK_NONE, "a system call begins"); // nor a sleep lock
    if (a[7] >= SYS_COUNT) {
        return -ENOSYS;
    }
    const struct entry *entry = &table[a[7]];
    if (entry->ARGS != NULL) {
        return entry->ARGS(a);
    }
    return entry->FILE != NULL ? with_file(a, entry) : with_paths(a, entry);
}
