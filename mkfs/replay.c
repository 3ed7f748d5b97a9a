#include "replay.h"
#include <string.h>
#include "api/fslog.h"
#include "disk/format.h"

/*
 * Replaying the log of an image: which records count is decided by the kernel's
 * own rules (disk/format.c).  The superblock has been checked.
 */
struct image_reader {
    struct format_reader reader;
    const char *base;
};

static const void *read_block(struct format_reader *reader, uint64_t block,
                              int slot)
{
    (void)slot;
    return ((struct image_reader *)reader)->base + block * FS_BLOCK;
}

/* Copy all that a record of `length` blocks lists. */
static void apply(char *base, uint64_t start, uint64_t length)
{
    const struct fs_super *super = (const struct fs_super *)base;
    uint64_t end = start + length - 1;
    for (uint64_t at = start; at < end;) {
        struct fs_log_descriptor list;
        memcpy(&list, base + format_log_block(super, at++) * FS_BLOCK,
               sizeof(list));
        for (uint64_t i = 0; i < list.count; i++) {
            memcpy(base + list.entry[i].block * FS_BLOCK,
                   base + format_log_block(super, at++) * FS_BLOCK, FS_BLOCK);
        }
    }
}

int replay_image(char *base)
{
    const struct fs_super *super = (const struct fs_super *)base;
    struct fs_log_head *head =
        (struct fs_log_head *)(base + super->log.start * FS_BLOCK);
    struct image_reader reader = {{read_block}, base};
    int count = 0;
    int64_t length = -1;
    while (format_check_log(super, head) == NULL &&
           (length = format_record(super, &reader.reader, head->sequence,
                                   head->start)) > 0) {
        apply(base, head->start, (uint64_t)length);
        head->start =
            (head->start - 1 + (uint64_t)length) % (super->log.count - 1) + 1;
        head->sequence++;
        head->checksum =
            fs_checksum(0, head, offsetof(struct fs_log_head, checksum));
        count++;
    }
    return length == 0 ? count : -1;
}
