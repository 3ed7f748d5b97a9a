#pragma once

#include "api/fsformat.h"
#include "lib/base.h"

/*
 * What makes a superblock, an inode, a directory entry, the head of a log
 * valid: rules that the kernel and fsck share.  Each check returns NULL, or in
 * a few words what is wrong.
 */

/* The superblock of a device of `device_blocks` blocks. */
const char *format_check_super(const struct fs_super *super,
                               uint64_t device_blocks);

/* An inode that something refers to. */
const char *format_check_inode(const struct fs_super *super, uint32_t number,
                               const struct fs_inode *inode);

/* A directory entry that is not free. */
const char *format_check_dirent(const struct fs_super *super,
                                const struct fs_dirent *entry);

/* The head of the log. */
struct fs_log_head;
const char *format_check_log(const struct fs_super *super,
                             const struct fs_log_head *head);

/* Reads a record of the log. */
struct format_reader {
    /* The bytes of `block`, to be kept until the next call with the same `slot`
       (0 or 1); NULL when it cannot be read. */
    const void *(*read)(struct format_reader *reader, uint64_t block, int slot);

    /* The bytes read last belong to `block`: 0, or -EIO when they cannot be
       written there.  NULL to validate only. */
    int (*apply)(struct format_reader *reader, uint64_t block);

    const struct fs_super *super;
    uint64_t sequence; // of the record
    uint64_t start;    // where it begins, in blocks from the head
    uint64_t length;   // blocks read so far; this and the rest begin with 0
    uint64_t checksum; // of the descriptors read
    bool is_astray;    // a copy belongs where no record may write
};

/* Go through a whole record.  How many blocks it has, -ENOENT when there is no
   whole one, -EIO, or -EUCLEAN when it would write where no record may. */
int64_t format_record(struct format_reader *reader);

/* The block at `position` of the log's ring: 1 is the first, and behind the
   last one it goes on there. */
static inline uint64_t format_log_block(const struct fs_super *super,
                                        uint64_t position)
{
    return super->log.start + 1 + (position - 1) % (super->log.count - 1);
}

/* The number of inodes, with inode 0, which is never used. */
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
