#include "fs/orphan.h"
#include "disk/log.h"
#include "disk/volume.h"
#include "fs/data.h"
#include "fs/inode.h"
#include "mm/page.h"

/*
 * The list of orphans.
 *
 * On the disk it begins in the superblock and goes on from inode to inode
 * (`next`).  Every inode on it is also in memory, on a list in the same
 * order, so that the one before is known when one is taken out.
 *
 * Lock: orphans.lock, rank ALLOC, over both lists.
 */
static struct {
    struct sleeplock lock;
    struct list list; // struct inode, as on the disk
} orphans;

/* Let inode `next` follow on the disk the one at a link of the list, whose
   block is part of the operation, or be the first. */
static void set_next(struct op *op, const struct list *link, uint32_t next)
{
    if (link == &orphans.list) {
        log_change(op, volume.super_page);
        struct fs_super *super = page_address(volume.super_page);
        super->orphans = next; // the checksum follows at the commit
    } else {
        inode_slot(list_entry(link, struct inode, orphan))->next = next;
    }
}

/* The number of the inode at a link of the list, 0 for its end. */
static uint32_t number_at(const struct list *link)
{
    return link == &orphans.list
               ? 0
               : list_entry(link, struct inode, orphan)->number;
}

/* Enter an inode at the front. */
void orphan_add(struct op *op, struct inode *inode)
{
    sleeplock_acquire(&orphans.lock);
    if (list_is_empty(&inode->orphan)) {
        set_next(op, &inode->orphan, number_at(orphans.list.next));
        set_next(op, &orphans.list, inode->number);
        list_push_front(&orphans.list, &inode->orphan);
    }
    sleeplock_release(&orphans.lock);
}

/* Take an inode out, if it is on the list. */
int orphan_remove(struct op *op, struct inode *inode)
{
    int error = 0;
    sleeplock_acquire(&orphans.lock);
    const struct list *before = inode->orphan.prev;
    bool is_there = !list_is_empty(&inode->orphan);
    if (is_there && before != &orphans.list) {
        error = inode_touch(op, list_entry(before, struct inode, orphan));
    }
    if (is_there && error == 0) {
        set_next(op, before, number_at(inode->orphan.next));
        set_next(op, &inode->orphan, 0);
        list_remove(&inode->orphan);
    }
    sleeplock_release(&orphans.lock);
    return error;
}

/* Read the list into memory, each inode with a reference. */
static int read_list(void)
{
    uint64_t number = volume.super.orphans;
    while (number != 0) {
        struct inode *inode;
        int error = inode_get((uint32_t)number, &inode);
        if (error == 0 && !list_is_empty(&inode->orphan)) {
            inode_put(inode);
            error =
                volume_damaged((uint32_t)number, "list of orphans in a circle");
        }
        if (error != 0) {
            return error;
        }
        list_push_back(&orphans.list, &inode->orphan);
        number = inode->disk.next;
    }
    return 0;
}

/* Let the first inode of the list give up its blocks, and go if it has no name.
   0 when it has left the list, or an error. */
static int recover_first(void)
{
    const struct list *link = orphans.list.next;
    struct inode *inode = list_entry(orphans.list.next, struct inode, orphan);
    int error = 0;
    if (inode->disk.links > 0) {
        inode->untrimmed = true;
        error = inode_trim(inode);
    }
    if (error != 0) {
        return error;
    }
    inode_put(inode); // destroys one without names, or keeps the reference
    return orphans.list.next == link ? -EIO : 0;
}

/* Free what is left from the last run.  Where that cannot be, nothing may be
   changed in this one. */
int orphan_recover(void)
{
    int error = read_list();
    while (error == 0 && !volume.read_only && !list_is_empty(&orphans.list)) {
        error = recover_first();
    }
    volume.read_only |= error != 0;
    while (!list_is_empty(&orphans.list)) {
        struct inode *inode =
            list_entry(list_pop_front(&orphans.list), struct inode, orphan);
        inode_put(inode);
    }
    return error == -EUCLEAN || error == -EROFS ? 0 : error;
}

/* Forget an inode that cannot be freed, because nothing can be written. */
void orphan_forget(struct inode *inode)
{
    sleeplock_acquire(&orphans.lock);
    list_remove(&inode->orphan);
    sleeplock_release(&orphans.lock);
}

/* Prepare an empty list; before mounting. */
void orphan_init(void)
{
    sleeplock_init(&orphans.lock, "orphans", RANK_ALLOC);
    list_init(&orphans.list);
}
