#pragma once

#include "api/fsformat.h"

/*
 * The log area of a disk: a head, then a ring of records.  A record is one
 * transaction: one or more descriptors, each followed by the copies that it
 * lists, and a commit block.  The head names the oldest record that may not
 * have reached its place; replay goes on from there as long as sequence
 * numbers rise by one and checksums hold.  An empty log has no such record at
 * `start`.
 */
#define FS_LOG_MIN        64
#define FS_LOG_HEAD       0x646165682d676f6cUL // "log-head"
#define FS_LOG_DESCRIPTOR 0x637365642d676f6cUL // "log-desc"
#define FS_LOG_COMMIT     0x746d6f632d676f6cUL // "log-comt"
#define FS_LOG_ENTRIES    254

struct fs_log_head {
    uint64_t magic;
    uint64_t sequence; // of the record at `start`
    uint64_t start;    // block, counted from the head: 1 ... count - 1
    uint64_t checksum; // of the fields before
};

struct fs_log_descriptor {
    uint64_t magic;
    uint64_t sequence;
    uint64_t count;    // copies that follow, at most FS_LOG_ENTRIES
    uint64_t checksum; // of this block with this field zero
    struct {
        uint64_t block;    // where the copy belongs
        uint64_t checksum; // of the copy
    } entry[FS_LOG_ENTRIES];
};
_Static_assert(sizeof(struct fs_log_descriptor) == FS_BLOCK, "descriptor");

struct fs_log_commit {
    uint64_t magic;
    uint64_t sequence;
    uint64_t blocks;   // of the record before this one
    uint64_t checksum; // of the fields before, begun with the descriptors' sums
};
