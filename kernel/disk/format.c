#include "disk/format.h"
#include "api/fslog.h"
#include "lib/str.h"

/*
 * The rules of the disk format.
 *
 * Nothing that comes from a disk is trusted: the superblock is checked when the
 * file system is mounted, an inode when it is brought into memory, a directory
 * entry when its directory is scanned, a block number each time it is followed.
 * The tables here say what is right.  They look at the given bytes and at
 * nothing else, so the kernel and fsck (a host program) share them.
 */
struct rule {
    bool broken;
    const char *fault;
};

/* Return the fault of the first broken rule, or NULL. */
static const char *first_broken(const struct rule *rules, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (rules[i].broken) {
            return rules[i].fault;
        }
    }
    return NULL;
}

/* Whether `area` begins at *next and is not empty; its end goes to *next. */
static bool area_follows(const struct fs_area *area, uint64_t *next)
{
    uint64_t start = *next;
    *next += area->count;
    return area->start == start && area->count > 0 && *next > start;
}

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
        {super->version != FS_VERSION,
         "made for another version of the kernel"},
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
        {super->free_inode != 0 && !format_is_inode(super, super->free_inode),
         "bad list of free inodes"},
        {super->new_inode <= FS_ROOT || super->new_inode > format_inodes(super),
         "bad end of the inodes in use"},
        {super->free_blocks > super->data.count ||
             super->free_inodes >= format_inodes(super),
         "more free than there is"},
    };
    return first_broken(rules, ARRAY_LENGTH(rules));
}

const char *format_check_inode(const struct fs_super *super, uint32_t number,
                               const struct fs_inode *inode)
{
    bool is_dir = inode->type == FS_DIRECTORY;
    bool is_link = inode->type == FS_SYMLINK;
    uint64_t size = inode->size;
    const struct rule rules[] = {
        {inode->type == FS_FREE, "free, but in use"},
        {inode->type > FS_SYMLINK, "unknown type"},
        {size > FS_FILE_MAX, "size too large"},
        {inode->type == FS_DEVICE && size != 0, "device with a size"},
        // An orphan may have lost its target already.
        {is_link && ((size == 0 && inode->links > 0) || size > FS_LINK_MAX),
         "bad length of a symbolic link"},
        {is_dir && (size % FS_BLOCK || size / FS_BLOCK > super->data.count),
         "bad size of a directory"},
        {is_dir && (!format_is_inode(super, inode->parent) ||
                    (number == FS_ROOT) != (inode->parent == number)),
         "bad parent of a directory"},
    };
    return first_broken(rules, ARRAY_LENGTH(rules));
}

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

/* Read the next block of a record.  0, -EIO, or -ENOENT past the ring. */
static int record_next(struct format_reader *reader, int slot, const void **out)
{
    const struct fs_super *super = reader->super;
    if (reader->length == super->log.count - 1) {
        return -ENOENT;
    }
    uint64_t at = reader->start + reader->length++;
    *out = reader->read(reader, format_log_block(super, at), slot);
    return *out != NULL ? 0 : -EIO;
}

/* The checksum of a descriptor, with its own field as zero. */
static uint64_t descriptor_checksum(const struct fs_log_descriptor *list)
{
    static const uint64_t zero;
    size_t before = offsetof(struct fs_log_descriptor, checksum);
    uint64_t sum = fs_checksum(0, list, before);
    sum = fs_checksum(sum, &zero, sizeof(zero));
    return fs_checksum(sum, list->entry, sizeof(list->entry));
}

/* Whether a record may write to a block: to any but those of the log. */
static bool is_target(const struct fs_super *super, uint64_t block)
{
    const struct fs_area *log = &super->log;
    return block < super->blocks && block - log->start >= log->count;
}

/* Read a copy, and apply it if the whole record before it can be applied. */
static int record_copy(struct format_reader *reader, uint64_t block,
                       uint64_t checksum)
{
    const void *copy;
    int error = record_next(reader, 1, &copy);
    if (error != 0) {
        return error;
    }
    if (fs_checksum(0, copy, FS_BLOCK) != checksum) {
        return -ENOENT;
    }
    reader->is_astray |= !is_target(reader->super, block);
    bool applies = reader->apply != NULL && !reader->is_astray;
    return applies ? reader->apply(reader, block) : 0;
}

/* Go through a descriptor and the copies that it lists.  0 or an error; -ENOENT
   when one is not what was written. */
static int record_copies(struct format_reader *reader,
                         const struct fs_log_descriptor *list)
{
    if (list->magic != FS_LOG_DESCRIPTOR ||
        list->sequence != reader->sequence || list->count > FS_LOG_ENTRIES ||
        list->checksum != descriptor_checksum(list)) {
        return -ENOENT;
    }
    int error = 0;
    for (uint64_t i = 0; i < list->count && error == 0; i++) {
        error =
            record_copy(reader, list->entry[i].block, list->entry[i].checksum);
    }
    reader->checksum =
        fs_checksum(reader->checksum, &list->checksum, sizeof(uint64_t));
    return error;
}

/* Whether a block ends the record. */
static bool record_ends(const struct format_reader *reader,
                        const struct fs_log_commit *end)
{
    size_t summed = offsetof(struct fs_log_commit, checksum);
    return end->magic == FS_LOG_COMMIT && end->sequence == reader->sequence &&
           end->blocks == reader->length - 1 && end->blocks > 0 &&
           end->checksum == fs_checksum(reader->checksum, end, summed);
}

/* That a record is astray counts only if it is whole. */
int64_t format_record(struct format_reader *reader)
{
    const void *block;
    int error = record_next(reader, 0, &block);
    while (error == 0 && !record_ends(reader, block)) {
        error = record_copies(reader, block);
        if (error == 0) {
            error = record_next(reader, 0, &block);
        }
    }
    if (error != 0) {
        return error;
    }
    return reader->is_astray ? -EUCLEAN : (int64_t)reader->length;
}
