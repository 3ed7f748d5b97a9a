#include "fs/inode.h"
#include "disk/bcache.h"
#include "disk/format.h"
#include "disk/log.h"
#include "disk/volume.h"
#include "fs/data.h"
#include "fs/names.h"
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
 * of the file's contents and, through fs/names.c, the names of a directory.
 *
 *  1. A number is in the table at most once, so all users of a file meet in
 *     the same struct and the same lock.
 *  2. refs counts users; with none the inode stays in the table, on the list
 *     of unused ones, until memory is short.
 *  3. What is in the table has been checked: later code relies on the type,
 *     the size and the parent of an inode, but on no block number in it.
 *
 * Life: inode_get finds or loads; inode_ref copies; inode_put lets go;
 * inode_reclaim frees.  A copy is made from the cached block under the lock of
 * the table: a missing inode is being changed by nobody, so the block is true.
 *
 * Locks: icache.lock, rank ICACHE, for table and counts; never held over an
 * allocation, since an allocation may reclaim.
 */

static struct {
    struct spinlock lock;
    struct hash table;  // inodes by number
    struct list unused; // inodes without users, longest unused first
    struct pool pool;   // [i]
} icache;

/* The chain that has inode `number`. */
static struct inode **inode_chain(uint32_t number)
{
    return (struct inode **)hash_chain(&icache.table, number);
}

/* The block that has an inode. */
static uint64_t inode_block(uint32_t number)
{
    return volume.super.inodes.start + number / FS_INODES_PER_BLOCK;
}

/* One more user of an inode in the table. */
static void inode_ref_locked(struct inode *inode)
{
    if (inode->refs++ == 0) {
        list_remove(&inode->unused);
    }
}

/* Find an inode in the table and take a reference; NULL when it is not there,
   without one when it is dying. */
static struct inode *inode_find_locked(uint32_t number)
{
    struct inode *inode = *inode_chain(number);
    while (inode != NULL && inode->number != number) {
        inode = inode->hash_next;
    }
    if (inode != NULL && !inode->dying) {
        inode_ref_locked(inode);
    }
    return inode;
}

/* Make `inode` a copy of `disk` and enter it in the table, with one user. */
static void inode_insert_locked(struct inode *inode, uint32_t number,
                                const struct fs_inode *disk)
{
    bool is_dir = disk->type == FS_DIRECTORY;
    struct inode **chain = inode_chain(number);
    inode->number = number;
    inode->disk = *disk;
    inode->stained = true; // perhaps before a crash
    pager_init(&inode->pager, &data_pager_ops);
    sleeplock_init(&inode->lock, "inode", is_dir ? RANK_DIR : RANK_INODE);
    list_init(&inode->unused);
    list_init(&inode->names);
    list_init(&inode->named);
    list_init(&inode->free_slots);
    list_init(&inode->orphan);
    inode->refs = 1;
    inode->hash_next = *chain;
    *chain = inode;
}

/*
 * Enter an inode that was not in the table a moment ago, from the page with
 * its block.  0, -ENOMEM or -EUCLEAN.
 */
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

/* Find an inode in memory.  Nobody asks for one that is dying, unless the disk
   is damaged. */
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

/*
 * Return inode `number` in *out, with a reference.  0, -EIO, -ENOMEM, or
 * -EUCLEAN when there can be no such inode.  Sleeps: yes.
 */
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

/* One more reference; the caller has one, or keeps the inode from going. */
void inode_ref(struct inode *inode)
{
    spin_acquire(&icache.lock);
    inode_ref_locked(inode);
    spin_release(&icache.lock);
}

/* Take an inode off its chain.  Lock: the table's. */
static void inode_remove_locked(struct inode *inode)
{
    struct inode **at = inode_chain(inode->number);
    while (*at != inode) {
        at = &(*at)->hash_next;
    }
    *at = inode->hash_next;
}

/* Take an inode out of the table. */
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
    inode->disk.size = 0; // nobody else knows it
    inode->untrimmed = true;
    int error = inode_trim(inode); // frees the inode, too
    if (error == -EROFS) {
        orphan_forget(inode);
        inode_forget(inode);
        error = 0;
    }
    if (error == 0) {
        names_forget(inode);
        pool_free(&icache.pool, inode);
    }
}

/* Drop a reference, unless it is the last one to a file without names, and
   `destroys`: then the caller has to destroy it.  Whether that is so. */
static bool inode_release(struct inode *inode, bool destroys)
{
    spin_acquire(&icache.lock);
    assert(inode->refs > 0);
    bool is_last = inode->refs == 1;
    bool is_orphan = !list_is_empty(&inode->orphan);
    bool is_dead = is_last && is_orphan && inode->disk.links == 0 && destroys;
    if (is_dead) {
        inode->dying = true;
    } else {
        inode->refs--;
    }
    if (is_last && !is_orphan) {
        list_push_back(&icache.unused, &inode->unused);
    }
    spin_release(&icache.lock);
    return is_dead;
}

/* Drop a reference.  Without any, an inode stays until memory is short; one
   that has no name either is destroyed by whoever was the last. */
void inode_put(struct inode *inode)
{
    if (inode_release(inode, true)) {
        inode_destroy(inode);
    }
}

/* Drop a reference; a file without names is left to the next mount. */
void inode_abandon(struct inode *inode)
{
    inode_release(inode, false);
}

/*
 * Free the inode unused for longest; false when there is none.  Out of the
 * table nobody can find it, so its names are dropped without a lock of ours.
 * Locks: takes and releases those of rank ICACHE.  Sleeps: no.
 */
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
        names_forget(inode);
        pool_free(&icache.pool, inode);
    }
    return inode != NULL;
}

/* Make an inode part of an operation. */
int inode_touch(struct op *op, struct inode *inode)
{
    struct page *page;
    int error = bcache_get(inode_block(inode->number), &page);
    if (error == 0) {
        log_change(op, page);
        page_put(page);
    }
    return error;
}

/* The inode in its block. */
struct fs_inode *inode_slot(const struct inode *inode)
{
    const struct page *page = bcache_peek(inode_block(inode->number));
    struct fs_inode *slot = page_address(page);
    return slot + inode->number % FS_INODES_PER_BLOCK;
}

/* Copy an inode to its block; but for the list of orphans, which has a lock of
   its own. */
void inode_update(struct op *op, struct inode *inode)
{
    (void)op;
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
