#include "view.h"
#include <string.h>
#include "api/fslog.h"
#include "disk/format.h"

/*
 * Reading an image: see view.h.
 */

const void *view_block(const struct view *view, uint64_t block)
{
    return view->base + block * FS_BLOCK;
}

const struct fs_inode *view_inode(const struct view *view, uint32_t number)
{
    const struct fs_inode *first = view_block(view, view->super->inodes.start);
    return first + number;
}

/* A block of the data area; zeros for any other number. */
static const void *view_data(const struct view *view, uint64_t block)
{
    static const char zeros[FS_BLOCK];
    return format_is_data(view->super, block) ? view_block(view, block) : zeros;
}

uint32_t view_number(const struct view *view, const struct fs_inode *inode,
                     uint64_t index)
{
    uint32_t block;
    const uint32_t *pointer;
    if (index < FS_DIRECT) {
        return inode->direct[index];
    }
    index -= FS_DIRECT;
    if (index < FS_POINTERS) {
        block = inode->indirect;
    } else {
        index -= FS_POINTERS;
        pointer = view_data(view, inode->double_indirect);
        block = pointer[index / FS_POINTERS % FS_POINTERS];
    }
    pointer = view_data(view, block);
    return pointer[index % FS_POINTERS];
}

const char *view_file(const struct view *view, const struct fs_inode *inode,
                      uint64_t index)
{
    return view_data(view, view_number(view, inode, index));
}

uint64_t view_entries(const struct view *view, const struct fs_inode *dir)
{
    uint64_t most = view->super->data.count * FS_DIRENTS_PER_BLOCK;
    uint64_t count = dir->size / sizeof(struct fs_dirent);
    return count < most ? count : most;
}

const struct fs_dirent *view_entry(const struct view *view,
                                   const struct fs_inode *dir, uint64_t i)
{
    const struct fs_dirent *block = (const struct fs_dirent *)view_file(
        view, dir, i / FS_DIRENTS_PER_BLOCK);
    return &block[i % FS_DIRENTS_PER_BLOCK];
}

/* Gives the kernel's rules access to the log. */
struct log_reader {
    struct format_reader reader;
    const struct view *view;
    char *to;
    const void *last; // the most recently read block
};

static const void *read_block(struct format_reader *reader, uint64_t block,
                              int slot)
{
    struct log_reader *log = (struct log_reader *)reader;
    (void)slot;
    log->last = view_block(log->view, block);
    return log->last;
}

static int apply_copy(struct format_reader *reader, uint64_t block)
{
    struct log_reader *log = (struct log_reader *)reader;
    memcpy(log->to + block * FS_BLOCK, log->last, FS_BLOCK);
    return 0;
}

int64_t view_record(const struct view *view, const struct fs_log_head *head,
                    char *to)
{
    struct log_reader log = {{.read = read_block,
                              .apply = to != NULL ? apply_copy : NULL,
                              .super = view->super,
                              .sequence = head->sequence,
                              .start = head->start},
                             view,
                             to,
                             NULL};
    return format_record(&log.reader);
}

/* The inode of a name of n bytes in a directory; 0 if there is none. */
static uint32_t view_lookup(const struct view *view, uint32_t number,
                            const char *name, size_t n)
{
    const struct fs_inode *dir = view_inode(view, number);
    if (dir->type != FS_DIRECTORY) {
        return 0;
    }
    uint64_t count = view_entries(view, dir);
    for (uint64_t i = 0; i < count; i++) {
        const struct fs_dirent *entry = view_entry(view, dir, i);
        if (entry->inode != 0 && n < sizeof(entry->name) &&
            strncmp(entry->name, name, n) == 0 && entry->name[n] == '\0') {
            return format_is_inode(view->super, entry->inode) ? entry->inode
                                                              : 0;
        }
    }
    return 0;
}

uint32_t view_find(const struct view *view, const char *path)
{
    uint32_t number = FS_ROOT;
    while (number != 0) {
        path += strspn(path, "/");
        size_t n = strcspn(path, "/");
        if (n == 0) {
            break;
        }
        number = view_lookup(view, number, path, n);
        path += n;
    }
    return number;
}
