#pragma once

#include <stdint.h>

/* What fstat() reports and what read() of a directory yields. */

#define T_DIR     1
#define T_FILE    2
#define T_DEVICE  3
#define T_SYMLINK 4
#define T_PIPE    5

struct stat {
    int dev;        // number of the file system's disk; 0 for a pipe
    uint32_t ino;   // inode number; 0 for a pipe
    short type;     // T_DIR ...
    short nlink;    // links, at most 32767 reported
    uint16_t major; // of a device node
    uint16_t minor;
    uint64_t size;   // bytes
    uint64_t mtime;  // last change of the contents, ns since 1970
    uint64_t blocks; // 4096-byte blocks in use
};
_Static_assert(sizeof(struct stat) == 40, "no gaps to leak the kernel's stack");

/* What statfs() reports: blocks of 4096 bytes that files may have, inodes. */
struct statfs {
    uint64_t blocks;
    uint64_t free_blocks;
    uint64_t inodes;
    uint64_t free_inodes;
    uint32_t name_max;  // bytes in a name
    uint32_t read_only; // whether nothing can be changed
};

#define DIRSIZ 60 // room for a name in a record, with its final NUL

/* One record of read() on a directory; 64 bytes, made by the kernel. */
struct dirent {
    uint32_t inum;
    char name[DIRSIZ]; // NUL-terminated
};
