#pragma once

/* Limits.  Tether has no fixed tables of processes, files or inodes, so
   NPROC, NFILE and the like have no counterpart here. */
#include "api/limits.h"

#define USERSTACK   (STACKBYTES / 4096) // pages of user stack
#define MAXOPBLOCKS 64                  // blocks of a write that is whole
