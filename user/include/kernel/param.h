#pragma once

/*
 * Limits.  Those of api/limits.h are enforced.  Tether has no tables of fixed
 * size for what the second group counts, so these are numbers that a program
 * may rely on and go beyond, until memory ends.
 */
#include "api/limits.h"

#define USERSTACK   (STACKBYTES / 4096) // pages of user stack
#define MAXOPBLOCKS 64                  // blocks of a write that is whole
#define NCPU        64                  // harts at most
#define NDEV        8                   // major numbers of devices
#define ROOTDEV     1                   // st.dev of a file on the disk
#define FSSIZE      8192                // blocks of the image that make makes

#define NPROC  64  // processes
#define NFILE  100 // open files of all processes
#define NINODE 50  // files open at a time
