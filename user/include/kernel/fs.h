#pragma once

/* What a program may know of the file system: directory records, sizes. */
#include "api/stat.h"

#define BSIZE   4096                           // bytes in a block
#define MAXFILE (4096UL * 1024 * 1024 / BSIZE) // blocks in the largest file
