#include "api/stat.h"
#include "fs/file.h"
#include "fs/fdtable.h"
#include "fs/fs.h"
#include "fs/pipe.h"
#include "vm/uaccess.h"
#include "sys/syscall.h"

/*
 * System calls about open files, which the dispatcher has looked up.  Each
 * checks the other arguments and calls the module that does the work.
 *
 * read and write work in steps: hold up to IOBUF_PAGES pages of the program's
 * memory, move bytes between them and the file, release the pages.  Holding
 * comes before any lock of a file, because to bring in a page may need that
 * lock.  So a bad pointer is found before a byte has moved there.  Bytes that
 * have moved are never taken back: the call then returns how many, and the next
 * call reports the error.
 */

/* The current process's descriptor table. */
static struct fdtable *own_files(void)
{
    return proc_current()->files;
}

/* Move up to n bytes between a file and user memory, as much in a step as one
   iobuf covers.  Stop at the end of the file; and after the first step of a
   read from a stream, because the next one could wait. */
static ssize_t transfer(struct file *file, vaddr_t va, size_t n, bool reads)
{
    if (!(reads ? file->readable : file->writable)) {
        return -EBADF;
    }
    if (n > IOMAX) {
        return -EINVAL;
    }
    ssize_t (*move)(struct file *, struct iobuf *) =
        reads ? file->ops->read : file->ops->write;
    size_t done = 0;
    bool more = n > 0;
    while (more && !(done > 0 && thread_is_killed())) {
        struct iobuf buf;
        ssize_t moved = iobuf_hold(&buf, va + done, n - done, reads);
        if (moved == 0) {
            moved = move(file, &buf);
            iobuf_release(&buf);
        }
        if (moved < 0) {
            return done > 0 ? (ssize_t)done : moved;
        }
        check_that((size_t)moved <= buf.length);
        done += (size_t)moved;
        more = done < n && (size_t)moved == buf.length &&
               !(reads && file->ops->stream);
    }
    return (ssize_t)done;
}

/* read(fd, buffer, n): bytes read, 0 at the end.  -EBADF, -EINVAL (n),
   -EFAULT, -EINTR, -EIO ... */
int64_t sys_read(const uint64_t args[6], struct file *file)
{
    return transfer(file, args[1], args[2], true);
}

/* write(fd, buffer, n): bytes written.  As read, and -EPIPE. */
int64_t sys_write(const uint64_t args[6], struct file *file)
{
    return transfer(file, args[1], args[2], false);
}

/* close(fd): -EBADF */
int64_t sys_close(const uint64_t args[6])
{
    return fdtable_set(own_files(), args[0], NULL);
}

/* fstat(fd, stat): -EFAULT */
int64_t sys_fstat(const uint64_t args[6], struct file *file)
{
    struct stat stat;
    file->ops->stat(file, &stat);
    return copy_out(args[1], &stat, sizeof(stat));
}

/* dup(fd): a new descriptor for the same file.  -EMFILE */
int64_t sys_dup(NO_ARGS, struct file *file)
{
    file_ref(file);
    return fdtable_add(own_files(), file);
}

/* dup2(old, new): `new` becomes a descriptor for the same file as `old` and is
   returned.  -EBADF */
int64_t sys_dup2(const uint64_t args[6], struct file *file)
{
    file_ref(file);
    if (fdtable_set(own_files(), args[1], file) != 0) {
        file_put(file);
        return -EBADF;
    }
    return (int64_t)args[1];
}

/* pipe(fds): fds[0] to read, fds[1] to write.  -EFAULT, -EMFILE, -ENOMEM */
int64_t sys_pipe(const uint64_t args[6])
{
    struct file *file[2];
    int error = pipe_create(&file[0], &file[1]);
    if (error != 0) {
        return error;
    }
    int fd[2] = {fdtable_add(own_files(), file[0]),
                 fdtable_add(own_files(), file[1])};
    bool full = fd[0] < 0 || fd[1] < 0;
    error = full ? -EMFILE : copy_out(args[0], fd, sizeof(fd));
    if (error != 0) {
        fdtable_set(own_files(), (uint64_t)fd[0],
                    NULL); // harmless when not open
        fdtable_set(own_files(), (uint64_t)fd[1], NULL);
    }
    return error;
}

/* lseek(fd, offset, from): the new position.  -ESPIPE, -EINVAL */
int64_t sys_lseek(const uint64_t args[6], struct file *file)
{
    return file_seek(file, (int64_t)args[1], (int)args[2]);
}

/* ftruncate(fd, size): -EINVAL, -EFBIG, -EROFS, -ETXTBSY */
int64_t sys_ftruncate(const uint64_t args[6], struct file *file)
{
    return args[1] > INT64_MAX ? -EINVAL : file_truncate(file, args[1]);
}

/* fsync(fd): the file is durable as it is.  -EINVAL, -EIO, -EROFS */
int64_t sys_fsync(NO_ARGS, struct file *file)
{
    return file_sync(file);
}

/* sync(): all that was changed is durable.  -EIO */
int64_t sys_sync(NO_ARGS)
{
    return fs_sync();
}

/* statfs(statfs): -EFAULT */
int64_t sys_statfs(const uint64_t args[6])
{
    struct statfs statfs;
    fs_stat(&statfs);
    return copy_out(args[0], &statfs, sizeof(statfs));
}
