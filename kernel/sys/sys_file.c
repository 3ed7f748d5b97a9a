#include "sys/sys_file.h"
#include "api/errno.h"
#include "api/fcntl.h"
#include "api/limits.h"
#include "api/stat.h"
#include "fs/dir.h"
#include "fs/file.h"
#include "fs/files.h"
#include "fs/inode.h"
#include "fs/path.h"
#include "fs/pipe.h"
#include "lib/str.h"
#include "mm/iobuf.h"
#include "mm/uaccess.h"
#include "proc/proc.h"

/*
 * System calls about files.  Each fetches what the program passes, checks it,
 * and calls the module that does the work.
 *
 * read and write hold up to 16 pages of the program's memory, move bytes
 * between them and the file, let go, and go on.  Holding comes before any lock
 * of a file, since bringing in a page may need one.  So a bad pointer is found
 * before a byte has moved there; bytes that have moved are never taken back:
 * the result is then how many, and the error shows at the next call.
 *
 * The file system cannot be changed yet.  Calls that would change it check
 * their arguments like any other and end in -EROFS.
 */

#define OPEN_FLAGS (O_ACCMODE | O_APPEND | O_CREATE | O_TRUNC)

/* The current process's descriptor table. */
static struct files *own_files(void)
{
    return proc_current()->files;
}

/* Move as much as one iobuf covers.  *more says whether to go on: not past
   the end of a file, nor where going on could mean to wait. */
static ssize_t transfer_piece(struct file *file, vaddr_t va, size_t n,
                              bool reads, bool *more)
{
    struct iobuf buf;
    int error = iobuf_hold(&buf, va, n, reads);
    if (error != 0) {
        return error;
    }
    ssize_t moved = reads ? file_read(file, &buf) : file_write(file, &buf);
    *more = moved == (ssize_t)buf.length && !(reads && file->ops->stream);
    iobuf_release(&buf);
    return moved;
}

/* Move up to n bytes between a file and user memory, piece by piece. */
static ssize_t transfer(struct file *file, vaddr_t va, size_t n, bool reads)
{
    if (!(reads ? file->readable : file->writable)) {
        return -EBADF;
    }
    if (n > IOMAX) {
        return -EINVAL;
    }
    size_t done = 0;
    bool more = true;
    while (more && done < n && !(done > 0 && proc_is_killed())) {
        ssize_t moved = transfer_piece(file, va + done, n - done, reads, &more);
        if (moved < 0) {
            return done > 0 ? (ssize_t)done : moved;
        }
        done += (size_t)moved;
    }
    return (ssize_t)done;
}

/* read and write alike */
static int64_t read_or_write(const uint64_t args[6], bool reads)
{
    struct file *file = files_get(own_files(), args[0]);
    if (file == NULL) {
        return -EBADF;
    }
    ssize_t moved = transfer(file, args[1], args[2], reads);
    file_put(file);
    return moved;
}

/* read(fd, buffer, n): bytes read, 0 at the end.  -EBADF, -EINVAL (n),
   -EFAULT, -EINTR, -EIO ... */
int64_t sys_read(const uint64_t args[6])
{
    return read_or_write(args, true);
}

/* write(fd, buffer, n): bytes written.  As read, and -EPIPE. */
int64_t sys_write(const uint64_t args[6])
{
    return read_or_write(args, false);
}

/* close(fd): -EBADF */
int64_t sys_close(const uint64_t args[6])
{
    return files_set(own_files(), args[0], NULL);
}

/* fstat(fd, stat): -EBADF, -EFAULT */
int64_t sys_fstat(const uint64_t args[6])
{
    struct file *file = files_get(own_files(), args[0]);
    if (file == NULL) {
        return -EBADF;
    }
    struct stat stat;
    file_stat(file, &stat);
    file_put(file);
    return copy_out(args[1], &stat, sizeof(stat));
}

/* Give a file the lowest free descriptor; its reference is used up. */
static int add_file(struct file *file)
{
    int fd = files_add(own_files(), file);
    if (fd < 0) {
        file_put(file);
    }
    return fd;
}

/* dup(fd): a new descriptor for the same file.  -EBADF, -EMFILE */
int64_t sys_dup(const uint64_t args[6])
{
    struct file *file = files_get(own_files(), args[0]);
    return file != NULL ? add_file(file) : -EBADF;
}

/* dup2(from, to): `to` becomes a descriptor for the same file as `from` and is
   returned.  -EBADF */
int64_t sys_dup2(const uint64_t args[6])
{
    struct file *file = files_get(own_files(), args[0]);
    if (file == NULL) {
        return -EBADF;
    }
    if (files_set(own_files(), args[1], file) != 0) {
        file_put(file);
        return -EBADF;
    }
    return (int64_t)args[1];
}

/* pipe(fd[2]): fd[0] to read, fd[1] to write.  -EFAULT, -EMFILE, -ENOMEM */
int64_t sys_pipe(const uint64_t args[6])
{
    struct file *file[2];
    int error = pipe_create(&file[0], &file[1]);
    if (error != 0) {
        return error;
    }
    int fd[2] = {add_file(file[0]), add_file(file[1])};
    error =
        fd[0] < 0 || fd[1] < 0 ? -EMFILE : copy_out(args[0], fd, sizeof(fd));
    if (error != 0) {
        files_set(own_files(), (uint64_t)fd[0], NULL); // harmless when not open
        files_set(own_files(), (uint64_t)fd[1], NULL);
    }
    return error;
}

/* Find what a path in user memory stands for. */
static int lookup(vaddr_t user_path, struct inode **out)
{
    char path[MAXPATH];
    ssize_t length = copy_in_string(path, user_path, sizeof(path));
    return length < 0 ? (int)length : path_lookup(path, out);
}

/* Find the directory of the last name of a path in user memory, that name, and
   what it stands for, links not followed: *out is NULL when there is nothing
   of that name, else it has a reference. */
static int lookup_last(vaddr_t user_path, char name[NAMEMAX + 1],
                       struct inode **out)
{
    char path[MAXPATH];
    struct inode *dir;
    ssize_t length = copy_in_string(path, user_path, sizeof(path));
    int error = length < 0 ? (int)length : path_parent(path, &dir, name);
    if (error != 0) {
        return error;
    }
    *out = NULL;
    error = dir_lookup(dir, name, strlen(name), out);
    inode_put(dir);
    return error == -ENOENT ? 0 : error;
}

/* Refuse to make a new name: -EROFS, but -EEXIST when it is there, or what
   else is wrong with the path. */
static int refuse_new(vaddr_t user_path)
{
    struct inode *old;
    char name[NAMEMAX + 1];
    int error = lookup_last(user_path, name, &old);
    if (error != 0 || old == NULL) {
        return error != 0 ? error : -EROFS;
    }
    inode_put(old);
    return -EEXIST;
}

/*
 * open(path, flags): a descriptor.  -EFAULT, -EINVAL (flags), -EISDIR and
 * -EROFS (for writing), -ENODEV, -EMFILE, -ENOMEM, and errors of a path.
 */
int64_t sys_open(const uint64_t args[6])
{
    int flags = (int)args[1];
    int access = flags & O_ACCMODE;
    struct inode *inode;
    struct file *file;
    int error = lookup(args[0], &inode);
    if (error != 0) {
        bool makes = error == -ENOENT && (flags & O_CREATE) != 0;
        return makes ? refuse_new(args[0]) : error;
    }
    if ((flags & ~OPEN_FLAGS) != 0 || access == O_ACCMODE ||
        (access == O_RDONLY && (flags & O_TRUNC) != 0)) {
        error = -EINVAL;
    } else {
        error = file_open(inode, flags, &file);
    }
    inode_put(inode);
    return error == 0 ? add_file(file) : error;
}

/* chdir(path): -EFAULT, -ENOTDIR, and errors of a path */
int64_t sys_chdir(const uint64_t args[6])
{
    struct inode *inode;
    int error = lookup(args[0], &inode);
    if (error != 0) {
        return error;
    }
    struct proc *self = proc_current();
    bool is_directory = inode_is_directory(inode);
    inode_put(is_directory ? self->cwd : inode);
    self->cwd = is_directory ? inode : self->cwd;
    return is_directory ? 0 : -ENOTDIR;
}

/* mkdir(path): -EFAULT, -EEXIST, -EROFS, and errors of a path */
int64_t sys_mkdir(const uint64_t args[6])
{
    return refuse_new(args[0]);
}

/* mknod(path, major, minor): as mkdir */
int64_t sys_mknod(const uint64_t args[6])
{
    return refuse_new(args[0]);
}

/* link(old, new): a second name; as mkdir, and -EPERM for a directory */
int64_t sys_link(const uint64_t args[6])
{
    struct inode *inode;
    int error = lookup(args[0], &inode);
    if (error != 0) {
        return error;
    }
    bool is_directory = inode_is_directory(inode);
    inode_put(inode);
    return is_directory ? -EPERM : refuse_new(args[1]);
}

/* unlink(path): -EFAULT, -EINVAL for "." and "..", -EROFS, and errors of a
   path */
int64_t sys_unlink(const uint64_t args[6])
{
    char name[NAMEMAX + 1];
    struct inode *inode;
    int error = lookup_last(args[0], name, &inode);
    if (error != 0 || inode == NULL) {
        return error != 0 ? error : -ENOENT;
    }
    inode_put(inode);
    bool is_dots = strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
    return is_dots ? -EINVAL : -EROFS;
}
