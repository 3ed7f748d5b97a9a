#include "api/fcntl.h"
#include "fs/inode_io.h"
#include "fs/file.h"
#include "fs/fdtable.h"
#include "fs/inode.h"
#include "fs/path.h"
#include "fs/tree.h"
#include "vm/uaccess.h"
#include "sys/syscall.h"

/*
 * System calls that take paths, which the dispatcher has fetched.  Each checks
 * the other arguments and calls the module that does the work.
 */
#define OPEN_FLAGS                                                             \
    (O_ACCMODE | O_APPEND | O_CREATE | O_TRUNC | O_EXCL | O_NOFOLLOW)

/*
 * Find what a path stands for, with flags of open().  With O_NOFOLLOW, that is
 * a symbolic link itself if the path ends in one.  With O_CREATE, make a file
 * if nothing is there; if another process makes one at the same time, take
 * that.  But no file is made at the target of a dangling link.
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
    if (error != -EEXIST) {
        return error;
    }
    if (!only_new && *out != NULL && inode_type(*out) != FS_SYMLINK) {
        return 0;
    }
    if (*out != NULL) {
        inode_put(*out);
    }
    return only_new ? -EEXIST : find(path, out);
}

/*
 * open(path, flags): a descriptor.  -EFAULT, -EINVAL (flags), -EISDIR and
 * -EROFS (for writing), -ELOOP (for writing to a link), -ENODEV, -EMFILE,
 * -ENOMEM, and errors of a path; with O_CREATE those of tree_create.
 */
int64_t sys_open(const uint64_t args[6], const char *path)
{
    int flags = (int)args[1];
    int access = flags & O_ACCMODE;
    if ((flags & ~OPEN_FLAGS) != 0 || access == O_ACCMODE ||
        (access == O_RDONLY && (flags & O_TRUNC) != 0) ||
        (flags & (O_CREATE | O_EXCL)) == O_EXCL) {
        return -EINVAL;
    }
    struct fdtable *files = proc_current()->files;
    if (!fdtable_has_room(files)) {
        return -EMFILE; // before a file is created
    }
    struct file *file = file_alloc(NULL, flags);
    if (file == NULL) {
        return -ENOMEM; // likewise
    }
    struct inode *inode = NULL;
    int error = find_or_make(path, flags, &inode);
    if (error == 0) {
        error = file_open(file, inode, flags);
        inode_put(inode);
    }
    if (error != 0) {
        file_free(file);
        return error;
    }
    return fdtable_add(files, file);
}

/* chdir(path): -ENOTDIR, and errors of a path */
int64_t sys_chdir(NO_ARGS, const char *path)
{
    struct inode *inode;
    int error = path_lookup(path, &inode);
    if (error != 0) {
        return error;
    }
    if (!inode_is_directory(inode)) {
        inode_put(inode);
        return -ENOTDIR;
    }
    inode_put(proc_current()->cwd);
    proc_current()->cwd = inode;
    return 0;
}

/* mkdir(path): errors of tree_create */
int64_t sys_mkdir(NO_ARGS, const char *path)
{
    static const struct fs_inode directory = {.type = FS_DIRECTORY};
    return tree_create(path, &directory, NULL, NULL);
}

/* mknod(path, major, minor): as mkdir, and -EINVAL (numbers) */
int64_t sys_mknod(const uint64_t args[6], const char *path)
{
    struct fs_inode device = {.type = FS_DEVICE,
                              .major = (uint16_t)args[1],
                              .minor = (uint16_t)args[2]};
    if (args[1] > UINT16_MAX || args[2] > UINT16_MAX) {
        return -EINVAL;
    }
    return tree_create(path, &device, NULL, NULL);
}

/* link(old, new): errors of tree_link */
int64_t sys_link(const char *old, const char *new)
{
    return tree_link(old, new);
}

/* rename(old, new): errors of tree_rename */
int64_t sys_rename(const char *old, const char *new)
{
    return tree_rename(old, new);
}

/* symlink(target, path): -ENOENT for an empty target, which leads nowhere;
   errors of tree_create */
int64_t sys_symlink(const char *target, const char *path)
{
    static const struct fs_inode link = {.type = FS_SYMLINK};
    return target[0] != '\0' ? tree_create(path, &link, target, NULL) : -ENOENT;
}

/* unlink(path): also an empty directory.  Errors of tree_unlink */
int64_t sys_unlink(NO_ARGS, const char *path)
{
    return tree_unlink(path, false);
}

/* rmdir(path): errors of tree_unlink */
int64_t sys_rmdir(NO_ARGS, const char *path)
{
    return tree_unlink(path, true);
}

/* truncate(path, size): -EISDIR, -EINVAL, errors of a path and of
   inode_truncate */
int64_t sys_truncate(const uint64_t args[6], const char *path)
{
    struct inode *inode;
    int error = path_lookup(path, &inode);
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
int64_t sys_readlink(const uint64_t args[6], const char *path)
{
    struct inode *inode;
    ssize_t result = path_lookup_link(path, &inode);
    if (result != 0) {
        return result;
    }
    if (inode_type(inode) != FS_SYMLINK || args[2] > IOMAX) {
        result = -EINVAL;
    } else {
        struct iobuf buf;
        size_t n = min_u64(args[2], FS_LINK_MAX);
        result = iobuf_hold(&buf, args[1], n, true);
        if (result == 0) {
            result = inode_read(inode, 0, &buf, 0, buf.length);
            iobuf_release(&buf);
        }
    }
    inode_put(inode);
    return result;
}
