#include "fs/format.h"
#include "api/fslog.h"
#include "lib/str.h"

/*
 * The rules of the disk format.
 *
 * Nothing that comes from a disk is believed: the superblock is checked when
 * the file system is mounted, an inode when it is brought into memory, a
 * directory entry when its directory is scanned, a block number each time it
 * is followed.  The tables here say what is right.  They look at the bytes
 * given and nothing else, so the kernel and fsck (a host program) use the very
 * same ones.
 */
struct rule {
    bool broken;
    const char *fault;
};

/* The fault of the first broken rule, or NULL. */
static const char *first_broken(const struct rule *rules, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (rules[i].broken) {
            return rules[i].fault;
        }
    }
    return NULL;
}

/* Whether `area` begins at *next, where it lets the next one begin. */
static bool area_follows(const struct fs_area *area, uint64_t *next)
{
    uint64_t start = *next;
    *next += area->count;
    return area->start == start && area->count > 0 && *next > start;
}

/* Check the superblock of a device of `device_blocks` blocks. */
const char *format_check_super(const struct fs_super *super,
                               uint64_t device_blocks)
{
    size_t summed = offsetof(struct fs_super, checksum);
    uint64_t end = 1;
    bool in_order = area_follows(&super->log, &end) &&
                    area_follows(&super->inodes, &end) &&
                    area_follows(&super->bitmap, &end) &&
                    area_follows(&super->data, &end) && end == super->blocks;
    const struct rule rules[] = {
        {super->magic != FS_MAGIC, "no Tether file system here"},
        {super->version != FS_VERSION, "unknown version"},
        {super->checksum != fs_checksum(0, super, summed),
         "bad checksum of the superblock"},
        {super->incompat != 0, "features unknown here"},
        {super->state != FS_CLEAN && super->state != FS_ERRORS, "bad state"},
        {super->blocks > UINT32_MAX, "more blocks than can be numbered"},
        {super->blocks > device_blocks, "larger than its device"},
        {!in_order, "areas do not follow each other to the end"},
        {super->log.count < FS_LOG_MIN, "log too short"},
        {super->bitmap.count * FS_BITS_PER_BLOCK < super->blocks,
         "bitmap too short"},
        {format_inodes(super) > UINT32_MAX, "more inodes than can be numbered"},
        {super->orphans != 0 && !format_is_inode(super, super->orphans),
         "bad list of orphans"},
    };
    return first_broken(rules, ARRAY_LENGTH(rules));
}

/* Check an inode that something refers to. */
const char *format_check_inode(const struct fs_super *super, uint32_t number,
                               const struct fs_inode *inode)
{
    bool is_dir = inode->type == FS_DIRECTORY;
    bool is_link = inode->type == FS_SYMLINK;
    uint64_t size = inode->size;
    const struct rule rules[] = {
        {inode->type == FS_FREE, "free, but in use"},
        {inode->type > FS_SYMLINK, "unknown type"},
        {inode->links == 0, "no links"},
        {size > FS_FILE_MAX, "size too large"},
        {inode->type == FS_DEVICE && size != 0, "device with a size"},
        {is_link && (size == 0 || size > FS_LINK_MAX),
         "bad length of a symbolic link"},
        {is_dir && (size % FS_BLOCK || size / FS_BLOCK > super->data.count),
         "bad size of a directory"},
        {is_dir && (!format_is_inode(super, inode->parent) ||
                    (number == FS_ROOT) != (inode->parent == number)),
         "bad parent of a directory"},
    };
    return first_broken(rules, ARRAY_LENGTH(rules));
}

/* Check a directory entry that is not free. */
const char *format_check_dirent(const struct fs_super *super,
                                const struct fs_dirent *entry)
{
    const char *name = entry->name;
    size_t length = strnlen(name, sizeof(entry->name));
    bool is_dots =
        name[0] == '.' && (length == 1 || (length == 2 && name[1] == '.'));
    const struct rule rules[] = {
        {length == 0 || length == sizeof(entry->name), "bad length of a name"},
        {memchr(name, '/', length) != NULL, "name with a slash"},
        {is_dots, "name that the kernel makes itself"},
        {!format_is_inode(super, entry->inode), "bad inode number"},
    };
    return first_broken(rules, ARRAY_LENGTH(rules));
}

/* Check the head of the log. */
const char *format_check_log(const struct fs_super *super,
                             const struct fs_log_head *head)
{
    size_t summed = offsetof(struct fs_log_head, checksum);
    const struct rule rules[] = {
        {head->magic != FS_LOG_HEAD, "no head of the log"},
        {head->checksum != fs_checksum(0, head, summed),
         "bad checksum of the log's head"},
        {head->start == 0 || head->start >= super->log.count,
         "bad start of the log"},
    };
    return first_broken(rules, ARRAY_LENGTH(rules));
}
