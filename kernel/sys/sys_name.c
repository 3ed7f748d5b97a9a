#include "api/fcntl.h"
#include "fs/data.h"
#include "fs/file.h"
#include "fs/files.h"
#include "fs/inode.h"
#include "fs/path.h"
#include "fs/tree.h"
#include "vm/iobuf.h"
#include "vm/uaccess.h"
#include "proc/proc.h"
#include "sys/syscall.h"

/*
 * System calls that take paths.  Each fetches what the program passes, checks
 * it, and calls the module that does the work.
 */
#define OPEN_FLAGS                                                             \
    (O_ACCMODE | O_APPEND | O_CREATE | O_TRUNC | O_EXCL | O_NOFOLLOW)

/*
 * Fetch paths out of user memory: *out is the first, and the next one stands
 * MAXPATH bytes further on.  They are in a page, to be given back with
 * page_put, because two would be much for a stack.  0, -EFAULT, -ENAMETOOLONG,
 * -ENOMEM.
 */
static int fetch(const vaddr_t from[], int count, char **out)
{
    struct page *page = page_alloc(PAGE_KERNEL);
    if (page == NULL) {
        return -ENOMEM;
    }
    *out = page_address(page);
    for (int i = 0; i < count; i++) {
        ssize_t length = copy_in_string(*out + i * MAXPATH, from[i], MAXPATH);
        if (length < 0) {
            page_put(page);
            return (int)length;
        }
    }
    return 0;
}
static_assert(2 * MAXPATH <= PAGE_SIZE, "two paths in a page");

/*
 * Find what a path stands for, with flags of open(): O_NOFOLLOW is for a link
 * at the end, and with O_CREATE a file is made, or taken if somebody else has
 * made it just then.  No file is made where a link to be followed leads.
 */
static int find_or_make(const char *path, int flags, struct inode **out)
{
    static const struct fs_inode file = {.type = FS_FILE};
    int (*find)(const char *, struct inode **) =
        (flags & O_NOFOLLOW) != 0 ? path_lookup_link : path_lookup;
    bool only_new = (flags & O_EXCL) != 0;
    int error = only_new ? -ENOENT : find(path, out);
    if (error != -ENOENT || (flags & O_CREATE) == 0) {
        return error;
    }
    *out = NULL;
    error = tree_create(path, &file, NULL, out);
    bool taken = error == -EEXIST;
    if (taken && !only_new && *out != NULL && inode_type(*out) != FS_SYMLINK) {
        return 0;
    }
    if (taken && *out != NULL) {
        inode_put(*out);
    }
    return taken && !only_new ? find(path, out) : error;
}

/* The same for a path in user memory. */
static int lookup(const uint64_t args[6], int flags, struct inode **out)
{
    char *path;
    int error = fetch(args, 1, &path);
    if (error == 0) {
        error = find_or_make(path, flags, out);
        page_put(page_of(path));
    }
    return error;
}

/*
 * open(path, flags): a descriptor.  -EFAULT, -EINVAL (flags), -EISDIR and
 * -EROFS (for writing), -ELOOP (for writing to a link), -ENODEV, -EMFILE,
 * -ENOMEM, and errors of a path; with O_CREATE those of tree_create.
 */
int64_t sys_open(const uint64_t args[6])
{
    int flags = (int)args[1];
    int access = flags & O_ACCMODE;
    if ((flags & ~OPEN_FLAGS) != 0 || access == O_ACCMODE ||
        (access == O_RDONLY && (flags & O_TRUNC) != 0) ||
        (flags & (O_CREATE | O_EXCL)) == O_EXCL) {
        return -EINVAL;
    }
    struct files *files = proc_current()->files;
    if (!files_has_room(files)) {
        return -EMFILE; // before a file is made
    }
    struct file *file = file_alloc(NULL, flags);
    if (file == NULL) {
        return -ENOMEM; // also before
    }
    struct inode *inode = NULL;
    int error = lookup(args, flags, &inode);
    if (error == 0) {
        error = file_open(file, inode, flags);
        inode_put(inode);
    }
    if (error != 0) {
        file_free(file);
        return error;
    }
    return files_add(files, file);
}

/* chdir(path): -EFAULT, -ENOTDIR, and errors of a path */
int64_t sys_chdir(const uint64_t args[6])
{
    struct inode *inode;
    int error = lookup(args, 0, &inode);
    if (error != 0) {
        return error;
    }
    struct proc *self = proc_current();
    bool is_directory = inode_is_directory(inode);
    inode_put(is_directory ? self->cwd : inode);
    self->cwd = is_directory ? inode : self->cwd;
    return is_directory ? 0 : -ENOTDIR;
}

/* Make an inode of the type and numbers in `disk`. */
static int make(const uint64_t args[6], const struct fs_inode *disk)
{
    char *path;
    int error = fetch(args, 1, &path);
    if (error == 0) {
        error = tree_create(path, disk, NULL, NULL);
        page_put(page_of(path));
    }
    return error;
}

/* mkdir(path): -EFAULT and errors of tree_create */
int64_t sys_mkdir(const uint64_t args[6])
{
    return make(args, &(struct fs_inode){.type = FS_DIRECTORY});
}

/* mknod(path, major, minor): as mkdir, and -EINVAL (numbers) */
int64_t sys_mknod(const uint64_t args[6])
{
    if (args[1] > UINT16_MAX || args[2] > UINT16_MAX) {
        return -EINVAL;
    }
    return make(args, &(struct fs_inode){.type = FS_DEVICE,
                                         .major = (uint16_t)args[1],
                                         .minor = (uint16_t)args[2]});
}

/* Fetch two paths and call a function with them. */
static int with_two(const uint64_t args[6],
                    int (*function)(const char *, const char *))
{
    char *path;
    int error = fetch(args, 2, &path);
    if (error == 0) {
        error = function(path, path + MAXPATH);
        page_put(page_of(path));
    }
    return error;
}

/* link(old, new): -EFAULT and errors of tree_link */
int64_t sys_link(const uint64_t args[6])
{
    return with_two(args, tree_link);
}

/* rename(old, new): -EFAULT and errors of tree_rename */
int64_t sys_rename(const uint64_t args[6])
{
    return with_two(args, tree_rename);
}

/* Make a symbolic link; an empty target leads nowhere. */
static int make_symlink(const char *target, const char *path)
{
    static const struct fs_inode link = {.type = FS_SYMLINK};
    return target[0] != '\0' ? tree_create(path, &link, target, NULL) : -ENOENT;
}

/* symlink(target, path): -EFAULT, -ENOENT (target), errors of tree_create */
int64_t sys_symlink(const uint64_t args[6])
{
    return with_two(args, make_symlink);
}

/* Remove a name. */
static int remove_name(const uint64_t args[6], bool directory)
{
    char *path;
    int error = fetch(args, 1, &path);
    if (error == 0) {
        error = tree_unlink(path, directory);
        page_put(page_of(path));
    }
    return error;
}

/* unlink(path): also an empty directory.  -EFAULT, errors of tree_unlink */
int64_t sys_unlink(const uint64_t args[6])
{
    return remove_name(args, false);
}

/* rmdir(path): -EFAULT, errors of tree_unlink */
int64_t sys_rmdir(const uint64_t args[6])
{
    return remove_name(args, true);
}

/* truncate(path, size): -EFAULT, -EISDIR, -EINVAL, errors of a path and of
   inode_truncate */
int64_t sys_truncate(const uint64_t args[6])
{
    struct inode *inode;
    int error = lookup(args, 0, &inode);
    if (error != 0) {
        return error;
    }
    if (inode_type(inode) != FS_FILE || args[1] > INT64_MAX) {
        error = inode_is_directory(inode) ? -EISDIR : -EINVAL;
    } else {
        error = inode_truncate(inode, args[1]);
    }
    inode_put(inode);
    return error;
}

/* readlink(path, buffer, n): bytes of the target, without a NUL.  -EFAULT,
   -EINVAL (n, or when it is no link), and errors of a path */
int64_t sys_readlink(const uint64_t args[6])
{
    struct inode *inode;
    int error = lookup(args, O_NOFOLLOW, &inode);
    if (error != 0) {
        return error;
    }
    struct iobuf buf;
    size_t n = min_u64(args[2], FS_LINK_MAX);
    ssize_t got = inode_type(inode) != FS_SYMLINK || args[2] > IOMAX
                      ? -EINVAL
                      : iobuf_hold(&buf, args[1], n, true);
    if (got == 0) {
        got = inode_read(inode, 0, &buf, 0, buf.length);
        iobuf_release(&buf);
    }
    inode_put(inode);
    return got;
}
