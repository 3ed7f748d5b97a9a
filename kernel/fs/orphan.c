#include "fs/orphan.h"
#include "disk/log.h"
#include "disk/volume.h"
#include "fs/inode.h"
#include "fs/inode_io.h"
#include "mm/page.h"

/*
 * The list of orphans.
 *
 * On the disk it begins in the superblock and goes on from inode to inode
 * (`next`).  Every inode on it is also in memory, on a list in the same order,
 * which tells what stands before the one that is taken out.
 *
 * Lock: orphans.lock, rank ALLOC, over both lists.
 */
static struct {
    struct sleeplock lock;
    struct list list; // struct inode, as on the disk
} orphans;

/* The inode at a link of the list. */
static struct inode *orphan_at(const struct list *link)
{
    return list_entry(link, struct inode, orphan);
}

/* Store on the disk that the inode at `link`, or nothing, follows `before`,
   whose block is part of the operation.  Both may be the head of the list. */
static void orphan_set_next_locked(struct op *op, const struct list *before,
                                   const struct list *link)
{
    assert_owned(&orphans.lock);
    uint32_t next = link == &orphans.list ? 0 : orphan_at(link)->number;
    if (before == &orphans.list) {
        log_change(op, volume.super_page);
        struct fs_super *super = page_address(volume.super_page);
        super->orphans = next; // the checksum follows at the commit
    } else {
        inode_slot(orphan_at(before))->next = next;
    }
}

/* Enter an inode at the front. */
void orphan_add(struct op *op, struct inode *inode)
{
    sleeplock_acquire(&orphans.lock);
    if (list_is_empty(&inode->orphan)) {
        orphan_set_next_locked(op, &inode->orphan, orphans.list.next);
        orphan_set_next_locked(op, &orphans.list, &inode->orphan);
        list_push_front(&orphans.list, &inode->orphan);
    }
    sleeplock_release(&orphans.lock);
}

int orphan_remove(struct op *op, struct inode *inode)
{
    int error = 0;
    sleeplock_acquire(&orphans.lock);
    const struct list *before = inode->orphan.prev;
    bool is_there = !list_is_empty(&inode->orphan);
    if (is_there && before != &orphans.list) {
        error = inode_join(op, orphan_at(before));
    }
    if (is_there && error == 0) {
        orphan_set_next_locked(op, before, inode->orphan.next);
        orphan_set_next_locked(op, &inode->orphan, &orphans.list);
        list_remove(&inode->orphan);
    }
    sleeplock_release(&orphans.lock);
    return error;
}

void orphan_forget(struct inode *inode)
{
    sleeplock_acquire(&orphans.lock);
    list_remove(&inode->orphan);
    sleeplock_release(&orphans.lock);
}

/* Read the list into memory, each inode with a reference. */
static int orphan_read_list(void)
{
    uint64_t number = volume.super.orphans;
    while (number != 0) {
        struct inode *inode;
        int error = inode_get((uint32_t)number, &inode);
        if (error != 0) {
            return error;
        }
        if (!list_is_empty(&inode->orphan)) {
            inode_put(inode);
            return volume_damaged((uint32_t)number,
                                  "list of orphans in a circle");
        }
        list_push_back(&orphans.list, &inode->orphan);
        number = inode->disk.next;
    }
    return 0;
}

/* Free the blocks of the first inode on the list, and the inode itself if it
   has no name.  0 when it has left the list, or an error. */
static int orphan_recover_first(void)
{
    struct inode *inode = orphan_at(orphans.list.next);
    if (inode->disk.links > 0) {
        inode->untrimmed = true;
        int error = inode_trim(inode);
        if (error != 0) {
            return error;
        }
    }
    inode_put(inode); // destroys one without names, which leaves the list
    return orphans.list.next == &inode->orphan ? -EIO : 0;
}

/* Go through the list.  If that fails, nothing may be changed in this run. */
int orphan_recover(void)
{
    int error = orphan_read_list();
    while (error == 0 && !volume.read_only && !list_is_empty(&orphans.list)) {
        error = orphan_recover_first();
    }
    volume.read_only |= error != 0;
    while (!list_is_empty(&orphans.list)) {
        inode_put(orphan_at(list_pop_front(&orphans.list)));
    }
    return error == -EUCLEAN || error == -EROFS ? 0 : error;
}

/* Prepare an empty list; before mounting. */
void orphan_init(void)
{
    sleeplock_init(&orphans.lock, "orphans", RANK_ALLOC);
    list_init(&orphans.list);
}
