#include "replay.h"
#include "api/errno.h"
#include "api/fslog.h"
#include "disk/format.h"
#include "view.h"

/*
 * Replaying the log of an image.  The kernel's own rules (disk/format.c) decide
 * which records are valid.  The superblock was already checked.
 */
int replay_image(char *base)
{
    struct fs_super super = *(const struct fs_super *)base; // may be replayed
    const struct view view = {base, &super};
    struct fs_log_head *head =
        (struct fs_log_head *)(base + super.log.start * FS_BLOCK);
    int count = 0;
    int64_t length = -1;
    while (format_check_log(&super, head) == NULL &&
           (length = view_record(&view, head, NULL)) > 0) {
        view_record(&view, head, base);
        head->start =
            (head->start - 1 + (uint64_t)length) % (super.log.count - 1) + 1;
        head->sequence++;
        head->checksum =
            fs_checksum(0, head, offsetof(struct fs_log_head, checksum));
        count++;
    }
    return length == -ENOENT ? count : -1;
}
