#pragma once

#include <stddef.h>
#include <stdint.h>

/*
 * The disk format, shared by the kernel, mkfs and fsck.
 *
 *   block 0 | log | inodes | bitmap | data ...
 *
 * Block 0 is the superblock; each area begins where the one before ends, and
 * the last ends with the file system.  All numbers are little-endian; unused
 * bytes and fields are zero.  Block number 0 in a file means a hole.
 */
#define FS_BLOCK   4096
#define FS_VERSION 2
#define FS_MAGIC   0x7366726568746574UL // "tetherfs"
#define FS_ROOT    1                    // inode of "/"; inode 0 is not used

enum fs_state { FS_CLEAN = 1, FS_ERRORS = 2 };

struct fs_area {
    uint64_t start; // first block
    uint64_t count; // blocks
};

/* Block 0: one sector, so that a write of it is whole or not at all. */
struct fs_super {
    uint64_t magic;
    uint32_t version;
    uint32_t state;        // enum fs_state: what fsck or the kernel last knew
    uint64_t compat;       // features that a kernel may ignore
    uint64_t incompat;     // features that it must know; none yet
    uint64_t blocks;       // of the file system, at most 2^32 - 1
    struct fs_area log;    // at least FS_LOG_MIN blocks
    struct fs_area inodes; // FS_INODES_PER_BLOCK to a block
    struct fs_area bitmap; // bit n of byte n / 8 and so on: block n is in use
    struct fs_area data;   // contents of files and indirect blocks
    uint64_t orphans;      // first inode with no name that was still open
    uint64_t free_blocks;  // how many
    uint64_t free_inodes;  // how many, inode 0 not counted
    uint64_t free_inode;   // first of those that were in use once
    uint64_t new_inode;    // none from here on was ever in use: all zero
    uint64_t checksum;     // fs_checksum of all before
};
_Static_assert(sizeof(struct fs_super) == 152, "superblock");

#define FS_INODES_PER_BLOCK 32
#define FS_BITS_PER_BLOCK   (FS_BLOCK * 8)

enum fs_type { FS_FREE, FS_DIRECTORY, FS_FILE, FS_DEVICE, FS_SYMLINK };

#define FS_DIRECT   20             // blocks named in the inode
#define FS_POINTERS (FS_BLOCK / 4) // blocks named in an indirect block
#define FS_FILE_MAX (1UL << 32)    // bytes
#define FS_LINK_MAX 1023           // bytes in the target of a symlink

/*
 * Inode n is number n % 32 in block n / 32 of its area.  Bytes past the end
 * of a file in its last block are zero.  A symbolic link contains its target.
 * A directory is a whole number of blocks without holes and has one name and
 * so one link; its parent stands here, "." and ".." nowhere.  The root is its
 * own parent.  A free inode is zero but for `next`.
 */
struct fs_inode {
    uint16_t type;  // enum fs_type
    uint16_t major; // of a device
    uint16_t minor;
    uint16_t zero;
    uint32_t links;  // names
    uint32_t blocks; // blocks in use, with indirect ones
    uint64_t size;   // bytes
    uint64_t mtime;  // last change of the contents, ns since 1970
    uint32_t parent; // of a directory
    uint32_t next;   // on the superblock's list of orphans, or of free inodes
    uint32_t direct[FS_DIRECT];
    uint32_t indirect;        // block of FS_POINTERS block numbers
    uint32_t double_indirect; // block of FS_POINTERS indirect ones
};
_Static_assert(sizeof(struct fs_inode) == FS_BLOCK / FS_INODES_PER_BLOCK,
               "inode");

/* An entry of a directory; inode 0: free. */
struct fs_dirent {
    uint32_t inode;
    char name[60]; // 1 to 59 bytes without '/', padded with zeros
};
_Static_assert(sizeof(struct fs_dirent) == 64, "directory entry");

#define FS_DIRENTS_PER_BLOCK (FS_BLOCK / sizeof(struct fs_dirent))

/* Checksum of `n` bytes, a multiple of 8, going on from `sum`: word by word,
   so that each bit of each word and its place count. */
static inline uint64_t fs_checksum(uint64_t sum, const void *bytes, size_t n)
{
    const uint64_t *word = (const uint64_t *)bytes;
    for (size_t i = 0; i < n / sizeof(*word); i++) {
        sum = ((sum << 5 | sum >> 59) ^ word[i]) * 0x9e3779b97f4a7c15UL;
    }
    return sum;
}
