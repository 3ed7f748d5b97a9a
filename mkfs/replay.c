#include "replay.h"
#include <string.h>
#include "api/errno.h"
#include "api/fslog.h"
#include "disk/format.h"

/*
 * Replaying the log of an image: which records count is decided by the kernel's
 * own rules (disk/format.c).  The superblock has been checked.
 */
struct image_reader {
    struct format_reader reader;
    char *base;
    const char *copy; // the block read last
};

static const void *read_block(struct format_reader *reader, uint64_t block,
                              int slot)
{
    struct image_reader *image = (struct image_reader *)reader;
    (void)slot;
    image->copy = image->base + block * FS_BLOCK;
    return image->copy;
}

static int apply_copy(struct format_reader *reader, uint64_t block)
{
    struct image_reader *image = (struct image_reader *)reader;
    memcpy(image->base + block * FS_BLOCK, image->copy, FS_BLOCK);
    return 0;
}

int replay_image(char *base)
{
    struct fs_super super = *(const struct fs_super *)base; // may be replayed
    struct fs_log_head *head =
        (struct fs_log_head *)(base + super.log.start * FS_BLOCK);
    struct image_reader looking = {{read_block, NULL}, base, NULL};
    struct image_reader applying = {{read_block, apply_copy}, base, NULL};
    int count = 0;
    int64_t length = -1;
    while (format_check_log(&super, head) == NULL &&
           (length = format_record(&super, &looking.reader, head->sequence,
                                   head->start)) > 0) {
        format_record(&super, &applying.reader, head->sequence, head->start);
        head->start =
            (head->start - 1 + (uint64_t)length) % (super.log.count - 1) + 1;
        head->sequence++;
        head->checksum =
            fs_checksum(0, head, offsetof(struct fs_log_head, checksum));
        count++;
    }
    return length == -ENOENT ? count : -1;
}
