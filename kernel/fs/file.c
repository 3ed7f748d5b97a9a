#include "fs/file.h"
#include "api/fcntl.h"
#include "api/stat.h"
#include "dev/chardev.h"
#include "disk/log.h"
#include "disk/volume.h"
#include "fs/dir.h"
#include "fs/inode.h"
#include "fs/inode_io.h"
#include "vm/uaccess.h"
#include "mm/pool.h"

/*
 * Open files.
 *
 * A struct file is what open() or pipe() made and descriptors point to; it is
 * freed when the last of them is closed.  What it does depends on its kind,
 * through a table of operations: a regular file and a directory use the inode
 * at a position that moves on, a device calls its driver, a pipe is in
 * fs/pipe.c.
 *
 * Locks: the inode's lock guards the position, so two processes that share a
 * file never read the same bytes.  A call that is the only one at work with a
 * file, which has just one descriptor, may read with the lock shared.
 */
#define ALONE 2 // references: of the descriptor and of the call

static_assert(FS_DIRECTORY == T_DIR && FS_FILE == T_FILE &&
                  FS_DEVICE == T_DEVICE && FS_SYMLINK == T_SYMLINK,
              "types on disk are those of fstat");

static struct pool file_pool;

/* Read a regular file at its position. */
static ssize_t file_read_on(struct file *file, struct iobuf *buf)
{
    ssize_t got =
        inode_read_locked(file->inode, file->offset, buf, 0, buf->length);
    file->offset += got > 0 ? (uint64_t)got : 0;
    return got;
}

/* file_ops.read of a regular file or a directory. */
static ssize_t file_read_inode(struct file *file, struct iobuf *buf)
{
    struct inode *inode = file->inode;
    bool is_directory = inode_is_directory(inode);
    ssize_t got;
    if (!is_directory && atomic_load_acquire(&file->refs) == ALONE) {
        sleeplock_share(&inode->lock);
        got = file_read_on(file, buf);
        sleeplock_unshare(&inode->lock);
        return got;
    }
    sleeplock_acquire(&inode->lock);
    got = is_directory ? dir_read_locked(inode, &file->offset, buf)
                       : file_read_on(file, buf);
    sleeplock_release(&inode->lock);
    return got;
}

/* Write what is left of a transfer, as one operation if the log has room for
   that.  How many bytes, or an error of inode_write_locked. */
static ssize_t file_write_once(struct file *file, const struct iobuf *buf,
                               size_t done)
{
    struct inode *inode = file->inode;
    struct op op;
    size_t n = buf->length - done;
    uint64_t blocks = n / FS_BLOCK + 2; // the first and the last only in part
    uint64_t room = log_room() - WRITE_ROOM;
    int error = log_begin(&op, WRITE_ROOM + (uint32_t)min_u64(blocks, room));
    if (error != 0) {
        return error;
    }
    sleeplock_acquire(&inode->lock);
    uint64_t offset = file->append ? inode->disk.size : file->offset;
    ssize_t got = inode_write_locked(&op, inode, offset, buf, done, n);
    if (got > 0) {
        file->offset = offset + (uint64_t)got;
    }
    sleeplock_release(&inode->lock);
    log_end(&op);
    return got;
}

/* file_ops.write of a regular file. */
static ssize_t file_write_inode(struct file *file, struct iobuf *buf)
{
    bool tried = false;
    size_t done = 0;
    while (done < buf->length) {
        ssize_t n = file_write_once(file, buf, done);
        if (n == TRIM_FIRST) {
            n = inode_trim(file->inode);
        }
        if (n < 0 && !log_try_again((int)n, &tried)) {
            return done > 0 ? (ssize_t)done : n;
        }
        done += n > 0 ? (size_t)n : 0;
    }
    return (ssize_t)done;
}

/* file_ops.read of a device. */
static ssize_t file_read_device(struct file *file, struct iobuf *buf)
{
    const struct fs_inode *node = &file->inode->disk;
    return chardev_find(node->major)->read(node->minor, buf);
}

/* file_ops.write of a device. */
static ssize_t file_write_device(struct file *file, struct iobuf *buf)
{
    const struct fs_inode *node = &file->inode->disk;
    return chardev_find(node->major)->write(node->minor, buf);
}

/* file_ops.stat of all that have an inode. */
static void file_stat_inode(struct file *file, struct stat *out)
{
    struct inode *inode = file->inode;
    const struct fs_inode *disk = &inode->disk;
    sleeplock_acquire(&inode->lock);
    *out = (struct stat){
        .dev = 1, // there is no other disk
        .ino = inode->number,
        .type = (short)disk->type,
        .nlink = (short)min_u64(disk->links, INT16_MAX),
        .size = disk->size,
        .mtime = disk->mtime,
        .major = disk->major,
        .minor = disk->minor,
        .blocks = disk->blocks,
    };
    sleeplock_release(&inode->lock);
}

/* file_ops.close of all that have an inode. */
static void file_close_inode(struct file *file)
{
    inode_put(file->inode);
}

static const struct file_ops inode_ops = {
    .read = file_read_inode,
    .write = file_write_inode, // a directory or link is never open for that
    .stat = file_stat_inode,
    .close = file_close_inode,
};
static const struct file_ops device_ops = {
    .read = file_read_device,
    .write = file_write_device,
    .stat = file_stat_inode,
    .close = file_close_inode,
    .stream = true,
};

struct file *file_alloc(const struct file_ops *ops, int flags)
{
    struct file *file = pool_alloc(&file_pool);
    if (file != NULL) {
        int access = flags & O_ACCMODE;
        file->refs = 1;
        file->ops = ops;
        file->readable = access != O_WRONLY;
        file->writable = access != O_RDONLY;
        file->append = (flags & O_APPEND) != 0;
    }
    return file;
}

void file_free(struct file *file)
{
    pool_free(&file_pool, file);
}

/* Whether an inode can be opened with the flags of open(): 0 or an error. */
static int file_check(const struct inode *inode, int flags)
{
    bool changes = (flags & (O_ACCMODE | O_TRUNC)) != O_RDONLY;
    switch (inode_type(inode)) {
    case FS_DEVICE:
        return chardev_find(inode->disk.major) == NULL ? -ENODEV : 0;
    case FS_DIRECTORY:
        return changes || (flags & O_CREATE) != 0 ? -EISDIR : 0;
    case FS_SYMLINK: // with O_NOFOLLOW; what it contains is its target
        return changes ? -ELOOP : 0;
    default:
        return changes && volume.read_only ? -EROFS : 0;
    }
}

int file_open(struct file *file, struct inode *inode, int flags)
{
    int error = file_check(inode, flags);
    bool is_device = inode_type(inode) == FS_DEVICE;
    if (error == 0 && !is_device && (flags & O_TRUNC) != 0) {
        error = inode_truncate(inode, 0);
    }
    if (error == 0) {
        inode_ref(inode);
        file->inode = inode;
        file->ops = is_device ? &device_ops : &inode_ops;
    }
    return error;
}

void file_put(struct file *file)
{
    assert_can_sleep();
    if (atomic_sub_full(&file->refs, 1) == 1) {
        file->ops->close(file);
        pool_free(&file_pool, file);
    }
}

static bool file_is_regular(const struct file *file)
{
    return file->ops == &inode_ops && inode_type(file->inode) == FS_FILE;
}

/* A directory has whole records only. */
int64_t file_seek(struct file *file, int64_t offset, int from)
{
    const int64_t most = FS_FILE_MAX;
    if (file->ops != &inode_ops) {
        return -ESPIPE;
    }
    if (from < SEEK_SET || from > SEEK_END || offset > most || offset < -most) {
        return -EINVAL;
    }
    struct inode *inode = file->inode;
    int64_t unit = inode_is_directory(inode) ? sizeof(struct fs_dirent) : 1;
    sleeplock_acquire(&inode->lock);
    const int64_t base[] = {0, (int64_t)file->offset,
                            (int64_t)inode->disk.size};
    int64_t target = base[from] + offset;
    if (target < 0 || target > most || target % unit != 0) {
        target = -EINVAL;
    } else {
        file->offset = (uint64_t)target;
    }
    sleeplock_release(&inode->lock);
    return target;
}

struct pager *file_pager(const struct file *file)
{
    return file_is_regular(file) ? &file->inode->pager : NULL;
}

int file_truncate(struct file *file, uint64_t size)
{
    return file_is_regular(file) && file->writable
               ? inode_truncate(file->inode, size)
               : -EINVAL;
}

/* Commit all changes: those of a file may also be in the inodes of directories
   that it is in or was in. */
int file_sync(struct file *file)
{
    if (file->ops != &inode_ops) {
        return -EINVAL;
    }
    if (log_commit(log_current()) == 0) {
        return 0;
    }
    return atomic_swap_full(&file->error_reported, 1) != 0 ? -EROFS : -EIO;
}

bool file_is_console(const struct file *file)
{
    return file->ops == &device_ops &&
           file->inode->disk.major == DEVICE_CONSOLE;
}

/* Prepare the pool; at boot. */
void file_init(void)
{
    pool_init(&file_pool, "file", sizeof(struct file));
}
