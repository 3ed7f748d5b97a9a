#include "fs/dir.h"
#include "api/errno.h"
#include "api/limits.h"
#include "api/stat.h"
#include "fs/format.h"
#include "fs/fs.h"
#include "fs/hash.h"
#include "fs/inode.h"
#include "lib/str.h"
#include "mm/iobuf.h"
#include "mm/page.h"
#include "mm/pool.h"

/*
 * Directories.
 *
 * On disk a directory is a file of 64-byte entries, in no order.  The first
 * lookup scans it and keeps every name in memory; from then on a name is found,
 * or known to be absent, in one step.  All names of all directories hang in
 * one hash table, keyed by directory and name; a directory also has the list
 * of its own, and directories that have names are on a list.
 *
 *  1. names_complete says that the names in memory are all there are.  Only
 *     then are they looked at.
 *  2. Names are added under the directory's own lock, by the one who scans.
 *  3. Names are dropped when memory is short, some at a time: the first that
 *     goes makes the directory incomplete, and the next lookup scans again.
 *     While it is being scanned a directory is off the list, so that scanning
 *     does not drop what it adds.
 *
 * "." and ".." are made here; ".." is the parent that the inode names.  A
 * directory is entered only from that parent, so a damaged disk cannot lead a
 * walk in a circle.
 *
 * Locks: names.lock, rank ICACHE, for table, lists and names_complete.
 */

#define BATCH 64 // names dropped before the lock is released

/* A name in memory; everything is guarded by names.lock. */
struct name {
    struct name *hash_next;
    struct list link; // in the directory's `names`
    const struct inode *dir;
    uint32_t hash;
    uint32_t number; // of the inode it stands for
    char text[NAMEMAX + 1];
};

#define CHAIN_BITS 12

static struct {
    struct spinlock lock;
    struct name *chain[1 << CHAIN_BITS]; // by hash
    struct list dirs; // complete directories, scanned longest ago first
    struct pool pool; // [i]
} names;

/* The chain that has names with a hash. */
static struct name **name_chain(uint32_t hash)
{
    return &names.chain[hash >> (32 - CHAIN_BITS)];
}

/* Hash of a name in a directory. */
static uint32_t name_hash(const struct inode *dir, const char *text,
                          size_t length)
{
    uint64_t sum = dir->number;
    for (size_t i = 0; i < length; i++) {
        sum = hash_bits(sum << 8 ^ sum >> 32 ^ (unsigned char)text[i], 64);
    }
    return (uint32_t)(sum >> 32);
}

/* Find a name that is in memory; NULL when it is not. */
static struct name *name_find_locked(const struct inode *dir, const char *text,
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

/* Enter a name, unless it is there. */
static bool name_insert(struct inode *dir, struct name *name)
{
    spin_acquire(&names.lock);
    struct name **chain = name_chain(name->hash);
    bool is_new = name_find_locked(dir, name->text, strlen(name->text)) == NULL;
    if (is_new) {
        name->hash_next = *chain;
        *chain = name;
        list_push_back(&dir->names, &name->link);
    }
    spin_release(&names.lock);
    return is_new;
}

/* Bring an entry of a directory that is being scanned into memory.  1,
   -ENOMEM or -EUCLEAN. */
static int name_add(struct inode *dir, const struct fs_dirent *entry)
{
    struct name *name = pool_alloc(&names.pool);
    if (name == NULL) {
        return -ENOMEM;
    }
    memcpy(name->text, entry->name, sizeof(name->text));
    name->dir = dir;
    name->hash = name_hash(dir, name->text, strlen(name->text));
    name->number = entry->inode;
    if (!name_insert(dir, name)) {
        pool_free(&names.pool, name);
        return fs_damaged(dir->number, "a name that is there twice");
    }
    return 1;
}

/* Take one name out of memory. */
static void name_drop_locked(struct name *name)
{
    struct name **at = name_chain(name->hash);
    while (*at != name) {
        at = &(*at)->hash_next;
    }
    *at = name->hash_next;
    list_remove(&name->link);
    pool_free(&names.pool, name);
}

/* Drop some names of a directory, which leaves the list of directories with
   the last.  Returns whether names are left. */
static bool dir_forget_some_locked(struct inode *dir)
{
    dir->names_complete = false;
    for (int i = 0; i < BATCH && !list_is_empty(&dir->names); i++) {
        name_drop_locked(list_entry(dir->names.next, struct name, link));
    }
    bool more = !list_is_empty(&dir->names);
    if (!more) {
        list_remove(&dir->named);
    }
    return more;
}

/* Drop all names of a directory, which nobody scans meanwhile.  Sleeps: no. */
void dir_forget(struct inode *dir)
{
    bool more = true;
    while (more) {
        spin_acquire(&names.lock);
        list_remove(&dir->named); // or dir_reclaim would come across it
        more = dir_forget_some_locked(dir);
        spin_release(&names.lock);
    }
}

/* Drop some names of the directory that was scanned longest ago.  Returns
   whether there was such a directory.  Sleeps: no. */
bool dir_reclaim(void)
{
    spin_acquire(&names.lock);
    struct list *first = names.dirs.next;
    bool any = first != &names.dirs;
    if (any) {
        dir_forget_some_locked(list_entry(first, struct inode, named));
    }
    spin_release(&names.lock);
    return any;
}

/* Read the entry at position `offset`; 1, 0 at the end, or an error.  A free
   entry has inode 0. */
static int dir_entry(struct inode *dir, uint64_t offset,
                     struct fs_dirent *entry)
{
    uint64_t slot = offset / sizeof(*entry);
    if (slot < 2) {
        uint32_t number = slot == 0 ? dir->number : dir->disk.parent;
        *entry = (struct fs_dirent){number, ".."};
        entry->name[slot + 1] = '\0';
        return 1;
    }
    struct iobuf one;
    iobuf_kernel(&one, entry, sizeof(*entry));
    ssize_t got = inode_read_locked(dir, offset - 2 * sizeof(*entry), &one, 0,
                                    sizeof(*entry));
    if (got <= 0 || entry->inode == 0) {
        return got < 0 ? (int)got : got > 0;
    }
    const char *fault = format_check_dirent(&fs.super, entry);
    return fault == NULL ? 1 : fs_damaged(dir->number, fault);
}

/*
 * Bring all names of a directory into memory, in place of any that dir_reclaim
 * has left.  0, -EIO, -ENOMEM or -EUCLEAN.  Locks: the caller holds the
 * directory's.  Sleeps: yes.
 */
static int dir_scan_locked(struct inode *dir)
{
    struct fs_dirent entry;
    int got = 1;
    dir_forget(dir);
    for (uint64_t at = 2 * sizeof(entry); got > 0; at += sizeof(entry)) {
        got = dir_entry(dir, at, &entry);
        if (got > 0 && entry.inode != 0) {
            got = name_add(dir, &entry);
        }
    }
    if (got < 0) {
        dir_forget(dir);
        return got;
    }
    spin_acquire(&names.lock);
    dir->names_complete = true;
    list_push_back(&names.dirs, &dir->named);
    spin_release(&names.lock);
    return 0;
}

/* Scan a directory unless somebody else just has. */
static int dir_scan(struct inode *dir)
{
    sleeplock_acquire(&dir->lock);
    bool complete = __atomic_load_n(&dir->names_complete, __ATOMIC_RELAXED);
    int error = complete ? 0 : dir_scan_locked(dir);
    sleeplock_release(&dir->lock);
    return error;
}

/* Find the inode number of a name on disk; errors of dir_lookup. */
static int dir_number(struct inode *dir, const char *text, size_t length,
                      uint32_t *number)
{
    int error = 0;
    bool complete = false;
    while (error == 0 && !complete) {
        spin_acquire(&names.lock);
        complete = dir->names_complete;
        const struct name *name =
            complete ? name_find_locked(dir, text, length) : NULL;
        *number = name != NULL ? name->number : 0;
        spin_release(&names.lock);
        error = complete ? 0 : dir_scan(dir);
    }
    return error == 0 && *number == 0 ? -ENOENT : error;
}

/* Get an inode that a name on disk stands for: a directory must have its name
   here and nowhere else. */
static int dir_enter(const struct inode *dir, uint32_t number,
                     struct inode **out)
{
    int error = inode_get(number, out);
    if (error == 0 && inode_is_directory(*out) &&
        ((*out)->disk.parent != dir->number || number == FS_ROOT)) {
        inode_put(*out);
        return fs_damaged(number, "directory with a second name");
    }
    return error;
}

/*
 * Return in *out the inode that a name of a directory stands for, with a
 * reference.  0, -ENOTDIR, -ENAMETOOLONG, -ENOENT, -EIO, -ENOMEM, or -EUCLEAN,
 * also for a directory that does not belong here.  Locks: takes the
 * directory's when it must be scanned.  Sleeps: yes.
 */
int dir_lookup(struct inode *dir, const char *name, size_t length,
               struct inode **out)
{
    if (!inode_is_directory(dir)) {
        return -ENOTDIR;
    }
    if (length > NAMEMAX) {
        return -ENAMETOOLONG;
    }
    if (length == 1 && name[0] == '.') {
        return inode_get(dir->number, out);
    }
    if (length == 2 && name[0] == '.' && name[1] == '.') {
        return inode_get(dir->disk.parent, out);
    }
    uint32_t number;
    int error = dir_number(dir, name, length, &number);
    return error == 0 ? dir_enter(dir, number, out) : error;
}

/*
 * Move records of a directory into `buf`, from position *offset, which moves
 * on.  Returns bytes moved, 0 at the end, or -EINVAL when not one record fits,
 * -EIO, -ENOMEM, -EUCLEAN.  Locks: the caller holds the directory's.
 * Sleeps: yes.
 */
ssize_t dir_read_locked(struct inode *dir, uint64_t *offset, struct iobuf *buf)
{
    static_assert(sizeof(struct dirent) == sizeof(struct fs_dirent) &&
                      offsetof(struct dirent, name) ==
                          offsetof(struct fs_dirent, name),
                  "an entry on disk is a record");
    struct fs_dirent entry;
    size_t done = 0;
    int got = buf->length < sizeof(entry) ? -EINVAL : 1;
    while (got > 0 && buf->length - done >= sizeof(entry)) {
        got = dir_entry(dir, *offset, &entry);
        *offset += got > 0 ? sizeof(entry) : 0;
        if (got > 0 && entry.inode != 0) {
            iobuf_put(buf, done, &entry, sizeof(entry));
            done += sizeof(entry);
        }
    }
    return done > 0 ? (ssize_t)done : got;
}

/* Prepare an empty table; at boot. */
void dir_init(void)
{
    memset(&names, 0, sizeof(names));
    spin_init(&names.lock, "names", RANK_ICACHE);
    list_init(&names.dirs);
    pool_init(&names.pool, "name", sizeof(struct name));
}
