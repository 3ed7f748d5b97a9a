#include "fs/dcache.h"
#include "api/limits.h"
#include "disk/volume.h"
#include "fs/inode.h"
#include "lib/str.h"
#include "mm/hash.h"
#include "mm/pool.h"

/*
 * The name cache.  A directory is scanned once; from then on a name is found,
 * or known to be absent, in one step, and so is a free entry.
 *
 * All names of all directories are in one hash table, keyed by directory and
 * name.  A directory also has two lists of its own, of names and of free
 * entries.  Directories that have such are on a list.
 *
 *  1. dcache_complete says that the entries in memory are all there are.  Only
 *     then are they used.
 *  2. Names are added and changed under the directory's own lock.
 *  3. They are dropped when memory is short, some at a time: the first that
 *     goes makes the directory incomplete, and the next lookup scans again.
 *  4. A directory that is being scanned is off the list of directories, until
 *     the next dcache_find: so what the scan adds is not dropped before the
 *     scanner finds what it was looking for.
 *
 * Lock: dcache.lock, rank DCACHE, for table, lists and dcache_complete.
 */

#define DCACHE_BATCH 64 // names dropped before the lock is released

/* An entry in memory; dcache.lock guards all of it. */
struct name {
    struct name *hash_next;
    struct list link; // in the directory's `names` or `free_slots`
    const struct inode *dir;
    uint32_t hash;
    struct dcache_place place; // a free entry is not in the table
    char text[NAMEMAX + 1];
};

static struct {
    struct spinlock lock;
    struct hash table; // names by hash
    struct list dirs;  // complete directories, scanned longest ago first
    struct pool pool;  // [i]
} dcache;

static uint32_t dcache_hash(const struct inode *dir, const char *text,
                            size_t length)
{
    uint64_t sum = hash_scatter(dir->number);
    for (size_t i = 0; i < length; i++) {
        sum = hash_scatter(sum ^ (unsigned char)text[i]);
    }
    return (uint32_t)(sum >> 32);
}

/* Find an entry that is in memory, as dcache_find does; NULL when it is not. */
static struct name *dcache_find_locked(const struct inode *dir,
                                       const char *text, size_t length)
{
    assert_held(&dcache.lock);
    if (length == 0) {
        const struct list *head = text == NULL ? &dir->names : &dir->free_slots;
        return list_is_empty(head) ? NULL
                                   : list_entry(head->next, struct name, link);
    }
    uint32_t hash = dcache_hash(dir, text, length);
    struct name *name = *hash_chain(&dcache.table, hash);
    while (name != NULL && !(name->hash == hash && name->dir == dir &&
                             name->text[length] == '\0' &&
                             memcmp(name->text, text, length) == 0)) {
        name = name->hash_next;
    }
    return name;
}

/* Find an entry, if all of the directory are in memory. */
static int dcache_look_locked(const struct inode *dir, const char *text,
                              size_t length, struct name **out)
{
    if (!dir->dcache_complete) {
        return DCACHE_INCOMPLETE;
    }
    *out = dcache_find_locked(dir, text, length);
    return *out != NULL ? 0 : -ENOENT;
}

/* With the lock held the name stays, and so does the file it stands for. */
int dcache_find_inode(const struct inode *dir, const char *text, size_t length,
                      struct inode **out)
{
    struct name *name;
    spin_acquire(&dcache.lock);
    int error = dcache_look_locked(dir, text, length, &name);
    if (error == 0) {
        *out = inode_find(name->place.number);
        error = *out != NULL ? 0 : DCACHE_INCOMPLETE;
    }
    spin_release(&dcache.lock);
    return error;
}

/* From now on the names may be dropped: see 4. */
int dcache_find(struct inode *dir, const char *text, size_t length,
                struct dcache_place *out)
{
    struct name *name;
    spin_acquire(&dcache.lock);
    if (dir->dcache_complete && list_is_empty(&dir->named)) {
        list_push_back(&dcache.dirs, &dir->named);
    }
    int error = dcache_look_locked(dir, text, length, &name);
    if (error == 0) {
        *out = name->place;
    }
    spin_release(&dcache.lock);
    return error;
}

/* ---- changes ------------------------------------------------------------ */

/* Let `name` be an entry of a directory; a free one is the next to be used. */
static void dcache_enter_locked(struct inode *dir, struct name *name,
                                const struct fs_dirent *entry)
{
    assert_held(&dcache.lock);
    name->place.number = entry->inode;
    if (entry->inode == 0) {
        list_push_front(&dir->free_slots, &name->link);
        return;
    }
    memcpy(name->text, entry->name, sizeof(name->text));
    name->dir = dir;
    name->hash = dcache_hash(dir, name->text, strlen(name->text));
    hash_insert(hash_chain(&dcache.table, name->hash), name, &name->hash_next);
    list_push_front(&dir->names, &name->link);
}

/* Take an entry off its list, and off its chain. */
static void dcache_leave_locked(struct name *name)
{
    assert_held(&dcache.lock);
    list_remove(&name->link);
    if (name->place.number != 0) {
        hash_remove(hash_chain(&dcache.table, name->hash), name,
                    &name->hash_next);
    }
}

/* If names have been dropped since dcache_find, a scan will find the entry. */
void dcache_change(struct inode *dir, const char *text,
                   const struct fs_dirent *entry)
{
    struct name *name;
    assert_owned(&dir->lock);
    spin_acquire(&dcache.lock);
    if (dcache_look_locked(dir, text, strlen(text), &name) == 0) {
        dcache_leave_locked(name);
        dcache_enter_locked(dir, name, entry);
    }
    spin_release(&dcache.lock);
}

/* Free entries are used in the order in which they are added. */
int dcache_add(struct inode *dir, const struct fs_dirent *entry, uint64_t slot)
{
    struct name *name = pool_alloc(&dcache.pool);
    if (name == NULL) {
        return -ENOMEM;
    }
    name->place.slot = (uint32_t)slot;
    spin_acquire(&dcache.lock);
    bool is_free = entry->inode == 0;
    bool is_twice = !is_free && dcache_find_locked(dir, entry->name,
                                                   strlen(entry->name)) != NULL;
    if (is_free) {
        list_push_back(&dir->free_slots, &name->link);
    } else if (!is_twice) {
        dcache_enter_locked(dir, name, entry);
    }
    spin_release(&dcache.lock);
    if (is_twice) {
        pool_free(&dcache.pool, name);
        return volume_damaged(dir->number, "a name that is there twice");
    }
    return 0;
}

void dcache_complete(struct inode *dir)
{
    spin_acquire(&dcache.lock);
    dir->dcache_complete = true;
    spin_release(&dcache.lock);
}

/* ---- forgetting --------------------------------------------------------- */

/* Drop some entries of a directory, which leaves the list of directories with
   the last.  Whether some are left. */
static bool dcache_drop_locked(struct inode *dir)
{
    assert_held(&dcache.lock);
    dir->dcache_complete = false;
    for (int i = 0; i < DCACHE_BATCH; i++) {
        struct name *name = dcache_find_locked(dir, "", 0);
        if (name == NULL) {
            name = dcache_find_locked(dir, NULL, 0);
        }
        if (name == NULL) {
            list_remove(&dir->named);
            return false;
        }
        dcache_leave_locked(name);
        pool_free(&dcache.pool, name);
    }
    return true;
}

/* Nobody scans the directory meanwhile. */
void dcache_forget(struct inode *dir)
{
    bool more = true;
    while (more) {
        spin_acquire(&dcache.lock);
        list_remove(&dir->named); // or dcache_reclaim would come across it
        more = dcache_drop_locked(dir);
        spin_release(&dcache.lock);
    }
}

bool dcache_reclaim(void)
{
    spin_acquire(&dcache.lock);
    bool any = !list_is_empty(&dcache.dirs);
    if (any) {
        dcache_drop_locked(list_entry(dcache.dirs.next, struct inode, named));
    }
    spin_release(&dcache.lock);
    return any;
}

/* Prepare an empty table; at boot. */
void dcache_init(void)
{
    memset(&dcache, 0, sizeof(dcache));
    spin_init(&dcache.lock, "dcache", RANK_DCACHE);
    hash_init(&dcache.table, 1);
    list_init(&dcache.dirs);
    pool_init(&dcache.pool, "name", sizeof(struct name));
}
