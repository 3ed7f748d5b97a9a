#pragma once

/*
 * Limits.  The kernel enforces those of api/limits.h.  The second group counts
 * things for which Tether has no tables of fixed size: a program can rely on
 * these numbers, and may get more until memory runs out.
 */
#include "api/limits.h"

#define USERSTACK   (STACKBYTES / 4096) // pages of user stack
#define MAXOPBLOCKS 64                  // blocks of a write that is whole
#define NCPU        64                  // maximum number of harts
#define NDEV        8                   // major numbers of devices
#define ROOTDEV     1                   // st.dev of a file on the disk
#define FSSIZE      8192                // blocks of the image that make builds

#define NPROC  64  // processes
#define NFILE  100 // open files of all processes
#define NINODE 50  // files open at the same time
