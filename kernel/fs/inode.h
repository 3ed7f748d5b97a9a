#pragma once

#include "api/fsformat.h"
#include "lib/list.h"
#include "vm/pager.h"
#include "sched/sleeplock.h"

/*
 * Inodes: files, directories, devices and symbolic links, by number.
 *
 *   [i] fixed while in memory    [a] atomic    [t] icache.lock (fs/inode.c)
 *   [l] lock, below, unless this is the only reference; the lock of the
 *       directory that a name is in keeps `links` above 0, and `parent`
 *   [o] orphans.lock (fs/orphan.c)    [n] dcache.lock (fs/dcache.c)
 */
struct inode {
    uint32_t number;         // [i]
    uint32_t refs;           // [t]
    bool dying;              // [t] without names, and being destroyed
    struct inode *hash_next; // [t] chain of the table
    struct list unused;      // [t] link in the list of unused inodes
    struct sleeplock lock;   // rank DIR for a directory, else INODE
    struct fs_inode disk;    // [l] as on disk; the type is [i]
    bool untrimmed;          // [l] may have blocks past its end
    bool tail_dirty;         // [l] a mapping may have stored past its end
    uint32_t goal;           // [l] where its next block should be
    uint32_t areas[PAGER_SHARE + 1]; // [a] that map it, by enum pager_use
    struct pager pager;              // [i] brings in pages for address spaces
    struct list orphan;              // [o] link in the list of orphans
    bool dcache_complete;   // [n] `names` are all that the directory has
    struct list names;      // [n] names of the directory in memory
    struct list free_slots; // [n] free entries of the directory
    struct list named;      // [n] link in the list of such directories
};

struct op;

void inode_init(void);

/* Inode `number`, with a reference.  0, -EIO, -ENOMEM, -EUCLEAN.
   Sleeps: yes. */
int inode_get(uint32_t number, struct inode **out);

/* Add a reference; the caller has one. */
void inode_ref(struct inode *inode);

/* Drop a reference; the last one to a file without names destroys it, so no
   operation may be open.  NULL is allowed.  Sleeps: yes. */
void inode_put(struct inode *inode);

/* Drop a reference, but leave a file without names to the next mount. */
void inode_abandon(struct inode *inode);

/* Free the inode unused for longest; false when there is none. */
bool inode_reclaim(void);

/* The inode with a reference if it is in memory, else NULL.  Sleeps: no. */
struct inode *inode_find(uint32_t number);

/* Take an inode out of memory, of which the caller has the only reference: its
   number may come back as another file. */
void inode_forget(struct inode *inode);

/* Make the block of an inode part of an operation: after this inode_update
   cannot fail.  Changes one block.  0, -EIO, -ENOMEM. */
int inode_join(struct op *op, struct inode *inode);

/* The inode in its cached block, which inode_join has pinned. */
struct fs_inode *inode_slot(const struct inode *inode);

/* Copy inode->disk to its cached block.  Locks: the caller holds the
   inode's. */
void inode_update(struct inode *inode);

/* T_FILE, T_DIR ... (api/stat.h). */
static inline int inode_type(const struct inode *inode)
{
    return inode->disk.type;
}

static inline bool inode_is_directory(const struct inode *inode)
{
    return inode->disk.type == FS_DIRECTORY;
}

/* The blocks from the beginning to the end of a file, holes counted. */
static inline uint64_t inode_blocks(const struct inode *inode)
{
    return round_up(inode->disk.size, FS_BLOCK) / FS_BLOCK;
}
