#pragma once

/* Limits that user programs may rely on. */

#define MAXPATH    1024         // bytes in a path, with its final NUL
#define NAMEMAX    59           // bytes in one name
#define MAXARG     512          // arguments of exec
#define ARGBYTES   65536        // all arguments of exec, with NULs, bytes
#define NOFILE     500          // open files of one process
#define STACKBYTES (256 * 1024) // user stack, bytes, filled as touched
#define PROGNAME   16           // a program's name in listings, with NUL
#define TICKHZ     10           // unit of sleep() and uptime()
#define IOMAX      (1 << 30)    // most bytes one read or write may ask for
