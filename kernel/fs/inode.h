#pragma once

#include "api/fsformat.h"
#include "lib/list.h"
#include "mm/pager.h"
#include "proc/sleeplock.h"

/*
 * Inodes: files, directories, devices and symbolic links, by number.
 *
 *   [i] fixed while in memory    [t] the table's lock (fs/inode.c)
 *   [l] lock, below              [n] the lock of names (fs/dir.c)
 */
struct inode {
    uint32_t number;         // [i]
    uint32_t refs;           // [t]
    struct inode *hash_next; // [t] chain of the table
    struct list unused;      // [t] link in the list of unused inodes
    struct sleeplock lock;   // rank DIR for a directory, else INODE
    struct fs_inode disk;    // [l] as on disk; the type is [i]
    struct pager pager;      // [i] brings in pages for address spaces
    bool names_complete;     // [n] `names` are all that the directory has
    struct list names;       // [n] names of the directory in memory
    struct list named;       // [n] link in the list of such directories
};

struct iobuf;
struct page;
struct stat;

void inode_init(void);

/* Inode `number`, with a reference.  0, -EIO, -ENOMEM, -EUCLEAN.
   Sleeps: yes. */
int inode_get(uint32_t number, struct inode **out);

/* One reference more, one less. */
void inode_ref(struct inode *inode);
void inode_put(struct inode *inode);

/* Free the inode unused for longest; false when there is none. */
bool inode_reclaim(void);

/* T_FILE, T_DIR ... (api/stat.h). */
static inline int inode_type(const struct inode *inode)
{
    return inode->disk.type;
}

static inline bool inode_is_directory(const struct inode *inode)
{
    return inode->disk.type == FS_DIRECTORY;
}

/* What fstat reports.  Locks: takes the inode's.  Sleeps: yes. */
void inode_stat(struct inode *inode, struct stat *out);

/* Contents (fs/data.c); all of them may sleep. */

/* Length in bytes.  Locks: takes the inode's. */
uint64_t inode_size(struct inode *inode);

/* Move up to n bytes at `offset` of a file into `buf` at `at`; how many there
   were, 0 past the end, or -EIO, -ENOMEM, -EUCLEAN.  Locks: takes the inode's;
   _locked: the caller holds it. */
ssize_t inode_read(struct inode *inode, uint64_t offset, struct iobuf *buf,
                   size_t at, size_t n);
ssize_t inode_read_locked(struct inode *inode, uint64_t offset,
                          struct iobuf *buf, size_t at, size_t n);

/* The page with block `index` of a file, or the page of zeros for a hole, with
   a reference.  Locks: the caller holds the inode's. */
int inode_page_locked(struct inode *inode, uint64_t index, struct page **out);

/* For mapping the file; the caller needs a reference to the inode. */
struct pager *inode_pager(struct inode *inode);
extern const struct pager_ops data_pager_ops;
