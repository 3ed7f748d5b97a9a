#pragma once

#include "api/fsformat.h"
#include "lib/list.h"
#include "vm/pager.h"
#include "sched/sleeplock.h"

/*
 * Inodes: files, directories, devices and symbolic links, by number.
 *
 *   [i] fixed while in memory    [t] the table's lock (fs/inode.c)
 *   [l] lock, below              [n] the lock of names (fs/names.c)
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
    bool stained;            // [l] a mapping may have stored behind its end
    uint32_t goal;           // [l] where its next block should be
    uint32_t areas[PAGER_SHARE + 1]; // [a] that map it, by enum pager_use
    struct pager pager;              // [i] brings in pages for address spaces
    struct list orphan;     // link in the list of orphans (fs/orphan.c)
    bool names_complete;    // [n] `names` are all that the directory has
    struct list names;      // [n] names of the directory in memory
    struct list free_slots; // [n] free entries of the directory
    struct list named;      // [n] link in the list of such directories
};

struct op;

void inode_init(void);

/* Inode `number`, with a reference.  0, -EIO, -ENOMEM, -EUCLEAN.
   Sleeps: yes. */
int inode_get(uint32_t number, struct inode **out);

/* One reference more, one less. */
void inode_ref(struct inode *inode);
void inode_put(struct inode *inode);

/* One reference less, by who may not destroy the file now. */
void inode_abandon(struct inode *inode);

/* Free the inode unused for longest; false when there is none. */
bool inode_reclaim(void);

/* The inode with a reference if it is in memory, else NULL.  Sleeps: no. */
struct inode *inode_find(uint32_t number);

/* Nobody finds the inode in memory any more, and its number may come back as
   another file; the caller has the only reference. */
void inode_forget(struct inode *inode);

/* Bring the block of an inode that will be changed into the operation; after
   this inode_update cannot fail.  0, -EIO, -ENOMEM. */
int inode_touch(struct op *op, struct inode *inode);

/* The inode in its cached block, which inode_touch has pinned. */
struct fs_inode *inode_slot(const struct inode *inode);

/* Let the inode on disk be what inode->disk says.  Locks: the inode's, unless
   nobody else knows it. */
void inode_update(struct op *op, struct inode *inode);

/* T_FILE, T_DIR ... (api/stat.h). */
static inline int inode_type(const struct inode *inode)
{
    return inode->disk.type;
}

static inline bool inode_is_directory(const struct inode *inode)
{
    return inode->disk.type == FS_DIRECTORY;
}
