#pragma once

/* What a program needs to know about the file system: directory records, and
   constants of api/fsformat.h under xv6's names. */
#include "api/stat.h"

#define ROOTINO   1                          // inode number of "/"
#define BSIZE     4096                       // bytes in a block
#define NDIRECT   20                         // blocks named in an inode
#define NINDIRECT (BSIZE / sizeof(uint32_t)) // and in an indirect block
#define MAXFILE   (NDIRECT + NINDIRECT)      // blocks that a file may have
#define IPB       32                         // inodes in a block
#define BPB       (BSIZE * 8)                // bits in a block of the bitmap
