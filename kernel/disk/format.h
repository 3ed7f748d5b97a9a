#pragma once

#include "api/fsformat.h"
#include "lib/base.h"

/*
 * What makes a superblock, an inode, a directory entry, a log's head valid.
 * The kernel and fsck share these rules.  Each check returns NULL, or in a few
 * words what is wrong.
 */
const char *format_check_super(const struct fs_super *super,
                               uint64_t device_blocks);
const char *format_check_inode(const struct fs_super *super, uint32_t number,
                               const struct fs_inode *inode);
const char *format_check_dirent(const struct fs_super *super,
                                const struct fs_dirent *entry);

struct fs_log_head;
const char *format_check_log(const struct fs_super *super,
                             const struct fs_log_head *head);

/* How format_record gets at blocks. */
struct format_reader {
    /* The bytes of `block`, to be kept until the next call with the same `slot`
       (0 or 1); NULL when it cannot be read. */
    const void *(*read)(struct format_reader *reader, uint64_t block, int slot);

    /* The bytes read last belong to `block`: 0, or -EIO when they cannot be
       brought there.  NULL for who only wants to look. */
    int (*apply)(struct format_reader *reader, uint64_t block);
};

/*
 * Go through the record of the log with number `sequence` at `start`, counted
 * in blocks from the head.  How many blocks it has, -ENOENT when there is no
 * whole one, -EIO, or -EUCLEAN when it is aimed at what no record may write.
 */
int64_t format_record(const struct fs_super *super,
                      struct format_reader *reader, uint64_t sequence,
                      uint64_t start);

/* The block at `position` of the log's ring, counted on around it. */
static inline uint64_t format_log_block(const struct fs_super *super,
                                        uint64_t position)
{
    return super->log.start + 1 + (position - 1) % (super->log.count - 1);
}

/* Number of inodes, 0 (never used) counted. */
static inline uint64_t format_inodes(const struct fs_super *super)
{
    return super->inodes.count * FS_INODES_PER_BLOCK;
}

/* Whether `number` may be that of an inode. */
static inline bool format_is_inode(const struct fs_super *super,
                                   uint64_t number)
{
    return number != 0 && number < format_inodes(super);
}

/* Whether a file may own `block`. */
static inline bool format_is_data(const struct fs_super *super, uint64_t block)
{
    return block - super->data.start < super->data.count;
}
