#include "fs/inode_mmap.h"
#include "dev/clock.h"
#include "disk/bcache.h"
#include "disk/log.h"
#include "fs/inode.h"
#include "fs/inode_io.h"
#include "mm/page.h"

/*
 * Mapping files: the file side of page faults and of writeback.
 *
 * An address space maps the cached blocks of a file themselves, through the
 * pager that each inode has.  A page that a shared mapping writes to gets a
 * block first; after it was written to, its writeback makes it part of the log
 * like a write().
 *
 * Locks: get_page and get_shared take the inode's lock and, unless they fail,
 * leave it to `unlock`: until then the page stays the one of its block.
 */
static struct inode *mmap_inode(struct pager *pager)
{
    return container_of(pager, struct inode, pager);
}

/* pager_ops.get_page: also -EUCLEAN */
static int mmap_get_page(struct pager *pager, uint64_t index, struct page **out)
{
    struct inode *inode = mmap_inode(pager);
    sleeplock_acquire(&inode->lock);
    int error = index < inode_blocks(inode) ? blockmap_read(inode, index, out)
                                            : -ERANGE;
    if (error != 0) {
        sleeplock_release(&inode->lock);
    }
    return error;
}

/* pager_ops.unlock */
static void mmap_unlock(struct pager *pager)
{
    sleeplock_release(&mmap_inode(pager)->lock);
}

/*
 * Make a page of a shared mapping part of an operation: return it in *page, or,
 * if `written`, write back *page, unless the file does not have it any more.  0
 * or -ERANGE, -ENOSPC, -EIO, -ENOMEM, -EUCLEAN.
 *
 * Such a mapping keeps the file from running, so what areas[PAGER_RUN] counts
 * here can only be an exec that is about to fail.
 */
static int mmap_share_locked(struct op *op, struct inode *inode, uint64_t index,
                             struct page **page, bool written)
{
    assert_owned(&inode->lock);
    if (index >= inode_blocks(inode)) {
        return -ERANGE;
    }
    int64_t block = written ? blockmap_find(inode, index) : 0;
    if (block < 0) {
        return (int)block;
    }
    if (written && bcache_peek((uint64_t)block) != *page) {
        return 0;
    }
    struct page *got;
    int error = inode_join(op, inode);
    if (error == 0) {
        error = blockmap_change(op, inode, index, false, &got);
    }
    if (error != 0) {
        return error;
    }
    inode->disk.mtime = clock_wall();
    inode->tail_dirty = true;
    inode_update(inode);
    if (!written) {
        *page = got;
        return 0;
    }
    page_put(got);
    return inode_clear_tail(op, inode);
}

/* Do so in an operation, and once more when something has run out that a commit
   sets free.  The lock is left to `unlock` after a page was returned. */
static int mmap_share(struct pager *pager, uint64_t index, struct page **page,
                      bool written)
{
    struct inode *inode = mmap_inode(pager);
    bool tried = false;
    int error;
    do {
        struct op op;
        error = log_begin(&op, WRITE_ROOM);
        if (error != 0) {
            break;
        }
        sleeplock_acquire(&inode->lock);
        error = mmap_share_locked(&op, inode, index, page, written);
        if (error != 0 || written) {
            sleeplock_release(&inode->lock);
        }
        log_end(&op);
    } while (log_try_again(error, &tried));
    return error;
}

/* pager_ops.get_shared */
static int mmap_get_shared(struct pager *pager, uint64_t index,
                           struct page **out)
{
    return mmap_share(pager, index, out, false);
}

/* pager_ops.writeback */
static int mmap_writeback(struct pager *pager, uint64_t index,
                          struct page *page)
{
    int error = mmap_share(pager, index, &page, true);
    return error == -ERANGE ? 0 : error;
}

/* pager_ops.ref */
static void mmap_ref(struct pager *pager, enum pager_use use)
{
    struct inode *inode = mmap_inode(pager);
    atomic_add_full(&inode->areas[use], 1);
    inode_ref(inode);
}

/* pager_ops.put */
static void mmap_put(struct pager *pager, enum pager_use use)
{
    struct inode *inode = mmap_inode(pager);
    uint32_t before = atomic_sub_full(&inode->areas[use], 1);
    assert(before > 0);
    inode_put(inode);
}

const struct pager_ops inode_pager_ops = {
    .get_page = mmap_get_page,
    .get_shared = mmap_get_shared,
    .unlock = mmap_unlock,
    .writeback = mmap_writeback,
    .ref = mmap_ref,
    .put = mmap_put,
};

/* Each side counts itself first and then looks for the other. */
int inode_check_sharing(const struct inode *inode)
{
    const uint32_t *areas = inode->areas;
    bool runs = atomic_load_full(&areas[PAGER_RUN]) != 0;
    bool shares = atomic_load_full(&areas[PAGER_SHARE]) != 0;
    return runs && shares ? -ETXTBSY : 0;
}
