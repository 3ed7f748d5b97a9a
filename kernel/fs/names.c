#include "fs/names.h"
#include "api/limits.h"
#include "disk/volume.h"
#include "fs/inode.h"
#include "lib/str.h"
#include "mm/hash.h"
#include "mm/pool.h"

/*
 * Names in memory, so that a directory is scanned once and a name is found, or
 * known to be absent, in one step from then on; and so is a free entry.
 *
 * All names of all directories hang in one hash table, keyed by directory and
 * name.  A directory also has lists of its own, one of names and one of free
 * entries.  Directories that have such are on a list.
 *
 *  1. names_complete says that the entries in memory are all there are.  Only
 *     then are they looked at.
 *  2. Names come and go under the directory's own lock.
 *  3. They are dropped when memory is short, some at a time: the first that
 *     goes makes the directory incomplete, and the next lookup scans again.
 *     A directory that is scanned is off the list of directories until the
 *     next call under its lock: scanning does not drop what it adds, and the
 *     scanner finds what it was looking for.
 *
 * Lock: names.lock, rank NAMES, for table, lists and names_complete.
 */

#define BATCH 64 // names dropped before the lock is released

/* An entry in memory; everything is guarded by names.lock. */
struct name {
    struct name *hash_next;
    struct list link; // in the directory's `names` or `free_slots`
    const struct inode *dir;
    uint32_t hash;
    uint32_t number; // of the inode it stands for
    uint32_t slot;   // its place in the directory
    char text[NAMEMAX + 1];
};

static struct {
    struct spinlock lock;
    struct hash table; // names by hash
    struct list dirs;  // complete directories, scanned longest ago first
    struct pool pool;  // [i]
} names;

/* The chain that has names with a hash. */
static struct name **name_chain(uint32_t hash)
{
    return (struct name **)hash_chain(&names.table, hash);
}

/* Hash of a name in a directory. */
static uint32_t name_hash(const struct inode *dir, const char *text,
                          size_t length)
{
    uint64_t sum = hash_scatter(dir->number);
    for (size_t i = 0; i < length; i++) {
        sum = hash_scatter(sum ^ (unsigned char)text[i]);
    }
    return (uint32_t)(sum >> 32);
}

/* Find a name that is in memory; NULL when it is not. */
static struct name *find_locked(const struct inode *dir, const char *text,
                                size_t length)
{
    uint32_t hash = name_hash(dir, text, length);
    struct name *name = *name_chain(hash);
    while (name != NULL && !(name->hash == hash && name->dir == dir &&
                             name->text[length] == '\0' &&
                             memcmp(name->text, text, length) == 0)) {
        name = name->hash_next;
    }
    return name;
}

/* The same; -ENOENT, -EAGAIN. */
static int look_locked(const struct inode *dir, const char *text, size_t length,
                       struct name **out)
{
    if (!dir->names_complete) {
        return -EAGAIN;
    }
    *out = find_locked(dir, text, length);
    return *out != NULL ? 0 : -ENOENT;
}

/* A look at the names by who holds the directory's lock: from now on they may
   be dropped. */
static void unpin_locked(struct inode *dir)
{
    if (dir->names_complete && list_is_empty(&dir->named)) {
        list_push_back(&names.dirs, &dir->named);
    }
}

int names_find(struct inode *dir, const char *text, size_t length,
               uint32_t *number, uint32_t *slot)
{
    struct name *name;
    spin_acquire(&names.lock);
    unpin_locked(dir);
    int error = look_locked(dir, text, length, &name);
    if (error == 0) {
        *number = name->number;
        *slot = name->slot;
    }
    spin_release(&names.lock);
    return error;
}

/* With the lock held the name stays, and so does the file it stands for. */
int names_find_inode(const struct inode *dir, const char *text, size_t length,
                     struct inode **out)
{
    struct name *name;
    spin_acquire(&names.lock);
    int error = look_locked(dir, text, length, &name);
    if (error == 0) {
        *out = inode_find(name->number);
        error = *out != NULL ? 0 : -EAGAIN;
    }
    spin_release(&names.lock);
    return error;
}

int names_check_empty(struct inode *dir)
{
    spin_acquire(&names.lock);
    unpin_locked(dir);
    int error = !dir->names_complete         ? -EAGAIN
                : list_is_empty(&dir->names) ? 0
                                             : -ENOTEMPTY;
    spin_release(&names.lock);
    return error;
}

/* The first one. */
int names_find_free(struct inode *dir, uint32_t *slot)
{
    spin_acquire(&names.lock);
    unpin_locked(dir);
    int error = !dir->names_complete              ? -EAGAIN
                : list_is_empty(&dir->free_slots) ? -ENOENT
                                                  : 0;
    if (error == 0) {
        *slot = list_entry(dir->free_slots.next, struct name, link)->slot;
    }
    spin_release(&names.lock);
    return error;
}

/* Make `name` that of an entry, put it on its chain and in the directory's
   list. */
static void enter_locked(struct inode *dir, struct name *name,
                         const struct fs_dirent *entry)
{
    memcpy(name->text, entry->name, sizeof(name->text));
    name->dir = dir;
    name->hash = name_hash(dir, name->text, strlen(name->text));
    name->number = entry->inode;
    struct name **chain = name_chain(name->hash);
    name->hash_next = *chain;
    *chain = name;
    list_push_back(&dir->names, &name->link);
}

/* Take a name off both. */
static void leave_locked(struct name *name)
{
    struct name **at = name_chain(name->hash);
    while (*at != name) {
        at = &(*at)->hash_next;
    }
    *at = name->hash_next;
    list_remove(&name->link);
}

int names_add(struct inode *dir, const struct fs_dirent *entry, uint64_t slot)
{
    struct name *name = pool_alloc(&names.pool);
    if (name == NULL) {
        return -ENOMEM;
    }
    name->slot = (uint32_t)slot;
    spin_acquire(&names.lock);
    bool is_free = entry->inode == 0;
    bool is_new =
        is_free || find_locked(dir, entry->name, strlen(entry->name)) == NULL;
    if (is_free) {
        list_push_back(&dir->free_slots, &name->link);
    } else if (is_new) {
        enter_locked(dir, name, entry);
    }
    spin_release(&names.lock);
    if (!is_new) {
        pool_free(&names.pool, name);
        return volume_damaged(dir->number, "a name that is there twice");
    }
    return 1;
}

void names_complete(struct inode *dir)
{
    spin_acquire(&names.lock);
    dir->names_complete = true;
    spin_release(&names.lock);
}

/* ---- changes ------------------------------------------------------------ */

/* It is still the first one, unless the names have been dropped since. */
void names_use_free(struct inode *dir, const struct fs_dirent *entry)
{
    spin_acquire(&names.lock);
    struct list *link =
        dir->names_complete ? list_pop_front(&dir->free_slots) : NULL;
    if (link != NULL) {
        enter_locked(dir, list_entry(link, struct name, link), entry);
    }
    spin_release(&names.lock);
}

void names_change(struct inode *dir, const char *text, uint32_t number)
{
    spin_acquire(&names.lock);
    struct name *name = find_locked(dir, text, strlen(text));
    if (name != NULL) {
        name->number = number;
    }
    if (name != NULL && number == 0) {
        leave_locked(name);
        list_push_front(&dir->free_slots, &name->link);
    }
    spin_release(&names.lock);
}

/* ---- forgetting --------------------------------------------------------- */

/* Drop some entries of a directory, which leaves the list of directories with
   the last.  Returns whether some are left. */
static bool forget_some_locked(struct inode *dir)
{
    dir->names_complete = false;
    for (int i = 0; i < BATCH; i++) {
        struct list *link = list_pop_front(&dir->free_slots);
        if (link == NULL && !list_is_empty(&dir->names)) {
            link = dir->names.next;
            leave_locked(list_entry(link, struct name, link));
        }
        if (link == NULL) {
            list_remove(&dir->named);
            return false;
        }
        pool_free(&names.pool, list_entry(link, struct name, link));
    }
    return true;
}

/* Drop all entries of a directory, which nobody scans meanwhile. */
void names_forget(struct inode *dir)
{
    bool more = true;
    while (more) {
        spin_acquire(&names.lock);
        list_remove(&dir->named); // or names_reclaim would come across it
        more = forget_some_locked(dir);
        spin_release(&names.lock);
    }
}

/* Drop some entries of the directory that was scanned longest ago. */
bool names_reclaim(void)
{
    spin_acquire(&names.lock);
    bool any = !list_is_empty(&names.dirs);
    if (any) {
        forget_some_locked(list_entry(names.dirs.next, struct inode, named));
    }
    spin_release(&names.lock);
    return any;
}

/* Prepare an empty table; at boot. */
void names_init(void)
{
    memset(&names, 0, sizeof(names));
    spin_init(&names.lock, "names", RANK_NAMES);
    hash_init(&names.table, 1);
    list_init(&names.dirs);
    pool_init(&names.pool, "name", sizeof(struct name));
}
