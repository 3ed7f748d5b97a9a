#pragma once

/*
 * The order of locks: a lock may be taken only while every lock already held
 * by this thread has a lower rank.  This table is the documentation; checked
 * builds assert it at each acquire.  Sleep locks come first, because nothing
 * may sleep while it holds a spinlock.
 */
enum lock_rank {
    RANK_NONE = 0,

    /* sleep locks */
    RANK_SPACE,  // struct space: areas and page table of an address space
    RANK_LOG,    // a log transaction is open
    RANK_RENAME, // moves of directories
    RANK_DIR,    // struct inode of a directory; two only with RENAME
    RANK_INODE,  // struct inode of anything else, one at a time
    RANK_ALLOC,  // bitmap, free inodes, list of orphans

    RANK_SPIN, // first spinlock rank; all ranks below are sleep locks

    /* spinlocks */
    RANK_FDTABLE,   // struct fdtable: a table of descriptors
    RANK_PIPE,      // struct pipe
    RANK_PROC_TREE, // parents, children, groups, pids
    RANK_CONSOLE,   // console line buffer and output ring
    RANK_TXN,       // the open transaction of the log: counts, lists
    RANK_DCACHE,    // names of directories in memory
    RANK_ICACHE,    // table of inodes in memory
    RANK_BCACHE,    // block cache: hash, list and flags of pages
    RANK_DEVICE,    // a block device's queue
    RANK_KSTACK,    // free kernel stacks
    RANK_SPACES,    // list of all address spaces
    RANK_PAGER,     // areas that map a file, and their entries for its pages
    RANK_POOL,      // a pool of small objects
    RANK_PAGES,     // free physical pages
    RANK_SLEEPLOCK, // inside of a sleep lock
    RANK_TIMER,     // a hart's sleepers
    RANK_RUNQ,      // a hart's run queue
    RANK_KLOG,      // kernel messages: near last, so that any code may print
    RANK_UART,      // UART registers, to which the messages go
};
