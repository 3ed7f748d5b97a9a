#include "fs/inode.h"
#include "disk/bcache.h"
#include "disk/format.h"
#include "disk/log.h"
#include "disk/volume.h"
#include "fs/inode_io.h"
#include "fs/inode_mmap.h"
#include "fs/dcache.h"
#include "fs/orphan.h"
#include "lib/str.h"
#include "mm/hash.h"
#include "mm/page.h"
#include "mm/pool.h"

/*
 * Inodes in memory.
 *
 * An inode that is in use, or was lately, has one struct inode, found in a
 * table by its number.  It holds a checked copy of the inode on disk, the lock
 * of the file's contents and, through fs/dcache.c, the names of a directory.
 *
 *  1. A number is in the table at most once, so all users of a file meet in
 *     the same struct and the same lock.
 *  2. refs counts references; without any the inode stays in the table, on the
 *     list of unused ones, until memory is short.
 *  3. Inodes are checked before they enter the table: later code relies on the
 *     type, the size and the parent, but on no block number.
 *
 * Life: inode_get finds or loads; inode_ref copies a reference; inode_put drops
 * it; inode_reclaim frees.  An inode is loaded from its cached block under the
 * lock of the table: one that is not in the table has no writer, so the block
 * is current.
 *
 * Locks: icache.lock, rank ICACHE, for table and counts; never held over an
 * allocation, since an allocation may reclaim.
 */

static struct {
    struct spinlock lock;
    struct hash table;  // inodes by number
    struct list unused; // inodes without references, longest unused first
    struct pool pool;   // [i]
} icache;

static uint64_t inode_block(uint32_t number)
{
    return volume.super.inodes.start + number / FS_INODES_PER_BLOCK;
}

static void inode_ref_locked(struct inode *inode)
{
    assert_held(&icache.lock);
    if (inode->refs++ == 0) {
        list_remove(&inode->unused);
    }
}

/* Find an inode in the table; NULL when it is not there.  With a reference,
   unless it is dying. */
static struct inode *inode_find_locked(uint32_t number)
{
    assert_held(&icache.lock);
    struct inode *inode = *hash_chain(&icache.table, number);
    while (inode != NULL && inode->number != number) {
        inode = inode->hash_next;
    }
    if (inode != NULL && !inode->dying) {
        inode_ref_locked(inode);
    }
    return inode;
}

/* Make `inode` a copy of `disk` and enter it in the table, with a reference. */
static void inode_insert_locked(struct inode *inode, uint32_t number,
                                const struct fs_inode *disk)
{
    assert_held(&icache.lock);
    inode->number = number;
    inode->disk = *disk;
    inode->tail_dirty = true; // perhaps before a crash
    pager_init(&inode->pager, &inode_pager_ops);
    sleeplock_init(&inode->lock, "inode",
                   inode_is_directory(inode) ? RANK_DIR : RANK_INODE);
    list_init(&inode->unused);
    list_init(&inode->names);
    list_init(&inode->named);
    list_init(&inode->free_slots);
    list_init(&inode->orphan);
    inode->refs = 1;
    hash_insert(hash_chain(&icache.table, number), inode, &inode->hash_next);
}

/* Enter an inode that was not in the table a moment ago, from the page with its
   block.  0, -ENOMEM or -EUCLEAN. */
static int inode_load(uint32_t number, const struct page *page,
                      struct inode **out)
{
    const struct fs_inode *disk = page_address(page);
    disk += number % FS_INODES_PER_BLOCK;
    struct inode *fresh = pool_alloc(&icache.pool);
    if (fresh == NULL) {
        return -ENOMEM;
    }
    const char *fault = NULL;
    spin_acquire(&icache.lock);
    *out = inode_find_locked(number);
    if (*out == NULL) {
        fault = format_check_inode(&volume.super, number, disk);
        if (fault == NULL) {
            inode_insert_locked(fresh, number, disk);
            *out = fresh;
        }
    } else if ((*out)->dying) {
        fault = "a name, but it has been removed";
        *out = NULL;
    }
    spin_release(&icache.lock);
    if (*out != fresh) {
        pool_free(&icache.pool, fresh);
    }
    return fault != NULL ? volume_damaged(number, fault) : 0;
}

/* Find an inode in memory.  One that is dying has no name, so it is asked for
   only if the disk is damaged. */
struct inode *inode_find(uint32_t number)
{
    spin_acquire(&icache.lock);
    struct inode *inode = inode_find_locked(number);
    if (inode != NULL && inode->dying) {
        inode = NULL;
    }
    spin_release(&icache.lock);
    return inode;
}

int inode_get(uint32_t number, struct inode **out)
{
    *out = inode_find(number);
    if (*out != NULL) {
        return 0;
    }
    if (!format_is_inode(&volume.super, number)) {
        return volume_damaged(number, "no such inode");
    }
    struct page *page;
    int error = bcache_get(inode_block(number), &page);
    if (error == 0) {
        error = inode_load(number, page, out);
        page_put(page);
    }
    return error;
}

void inode_ref(struct inode *inode)
{
    spin_acquire(&icache.lock);
    inode_ref_locked(inode);
    spin_release(&icache.lock);
}

static void inode_remove_locked(struct inode *inode)
{
    assert_held(&icache.lock);
    hash_remove(hash_chain(&icache.table, inode->number), inode,
                &inode->hash_next);
}

void inode_forget(struct inode *inode)
{
    spin_acquire(&icache.lock);
    inode_remove_locked(inode);
    spin_release(&icache.lock);
}

/* Free a file without names, its blocks and its inode.  If that fails, it is
   left to the next mount; what could not be read stays in memory, because the
   list of orphans may change around it. */
static void inode_destroy(struct inode *inode)
{
    inode->disk.size = 0; // this is the only reference
    inode->untrimmed = true;
    int error = inode_trim(inode); // frees the inode on the disk, too
    if (error == -EROFS) {
        orphan_forget(inode);
        inode_forget(inode);
        error = 0;
    }
    if (error == 0) {
        dcache_forget(inode);
        pool_free(&icache.pool, inode);
    }
}

/* Drop a reference; but if it is the last one to a file without names, and
   `destroys`, keep it and return true: the caller destroys the file. */
static bool inode_release(struct inode *inode, bool destroys)
{
    spin_acquire(&icache.lock);
    assert(inode->refs > 0);
    bool is_last = inode->refs == 1;
    bool is_orphan = is_last && !list_is_empty(&inode->orphan);
    bool dies = is_orphan && inode->disk.links == 0 && destroys;
    if (dies) {
        inode->dying = true;
    } else {
        inode->refs--;
    }
    if (is_last && !is_orphan) {
        list_push_back(&icache.unused, &inode->unused);
    }
    spin_release(&icache.lock);
    return dies;
}

void inode_put(struct inode *inode)
{
    if (inode != NULL && inode_release(inode, true)) {
        inode_destroy(inode);
    }
}

void inode_abandon(struct inode *inode)
{
    inode_release(inode, false);
}

/* Free an inode without references.  Nobody can find it once it is out of the
   table, so its names are dropped without the table's lock. */
bool inode_reclaim(void)
{
    struct inode *inode = NULL;
    spin_acquire(&icache.lock);
    struct list *first = list_pop_front(&icache.unused);
    if (first != NULL) {
        inode = list_entry(first, struct inode, unused);
        inode_remove_locked(inode);
    }
    spin_release(&icache.lock);
    if (inode != NULL) {
        dcache_forget(inode);
        pool_free(&icache.pool, inode);
    }
    return inode != NULL;
}

/* ---- changing ----------------------------------------------------------- */

int inode_join(struct op *op, struct inode *inode)
{
    struct page *page;
    int error = bcache_get(inode_block(inode->number), &page);
    if (error == 0) {
        log_change(op, page);
        page_put(page);
    }
    return error;
}

struct fs_inode *inode_slot(const struct inode *inode)
{
    const struct page *page = bcache_peek(inode_block(inode->number));
    assert(page != NULL);
    struct fs_inode *slot = page_address(page);
    return slot + inode->number % FS_INODES_PER_BLOCK;
}

/* All but `next`, which orphans.lock guards. */
void inode_update(struct inode *inode)
{
    assert_owned(&inode->lock);
    size_t from = offsetof(struct fs_inode, next);
    size_t to = from + sizeof(inode->disk.next);
    struct fs_inode *slot = inode_slot(inode);
    memcpy(slot, &inode->disk, from);
    memcpy((char *)slot + to, (char *)&inode->disk + to, sizeof(*slot) - to);
}

/* Prepare an empty table; at boot. */
void inode_init(void)
{
    memset(&icache, 0, sizeof(icache));
    spin_init(&icache.lock, "inodes", RANK_ICACHE);
    hash_init(&icache.table, 2);
    list_init(&icache.unused);
    pool_init(&icache.pool, "inode", sizeof(struct inode));
}
