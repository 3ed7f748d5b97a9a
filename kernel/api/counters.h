#pragma once

#include <stdint.h>

/*
 * counters(): what the kernel holds now.  Tests compare two readings to show
 * that nothing leaked; clean cached pages count as free.
 */

#define COUNTERS_MAX 32

struct counter {
    char name[16];
    int64_t value;
};

/* One process as proclist() reports it. */
struct procinfo {
    int pid;
    int ppid;
    int pgid;
    int hart;       // where it runs or last ran
    char state[8];  // "new", "run", "ready", "sleep", "exit", "zombie"
    uint64_t pages; // pages mapped
    char name[16];
};
