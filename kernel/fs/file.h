#pragma once

#include "lib/atomic.h"
#include "lib/base.h"

/*
 * Open files: what a descriptor stands for.  Descriptors made by dup and fork
 * share one struct file and so its position.
 *
 *   [i] fixed when it is opened    [a] atomic    [l] inode->lock
 */
struct file;
struct inode;
struct iobuf;
struct pager;
struct pipe;
struct stat;

/* What a kind of file does.  Counts moved or a negative errno. */
struct file_ops {
    ssize_t (*read)(struct file *file, struct iobuf *buf);
    ssize_t (*write)(struct file *file, struct iobuf *buf);
    void (*stat)(struct file *file, struct stat *out);
    void (*close)(struct file *file); // the last reference is gone
    bool stream; // a read takes what is there, or waits for a first byte
};

struct file {
    uint32_t refs;              // [a]
    bool readable;              // [i]
    bool writable;              // [i]
    bool append;                // [i] each write goes to the end
    uint32_t error_reported;    // [a] a failed write to the disk
    const struct file_ops *ops; // [i]
    struct inode *inode;        // [i] NULL for a pipe
    union {
        uint64_t offset;   // [l] where the next read begins
        struct pipe *pipe; // [i]
    };
};

void file_init(void);

/* A file with one reference and the access that `flags` of open() ask for, to
   be opened if `ops` is NULL; NULL when memory has run out.  Allocated before
   open() creates anything, so that a failure leaves nothing behind. */
struct file *file_alloc(const struct file_ops *ops, int flags);

/* Free a file that was not opened after all.  NULL is allowed. */
void file_free(struct file *file);

/* Open an inode with `flags` of open(); the file takes its own reference.  0,
   -EISDIR for a directory and -ELOOP for a link that would be written, -EROFS,
   -ENODEV for a device without a driver, and for O_TRUNC errors of
   inode_truncate.  Sleeps: yes. */
int file_open(struct file *file, struct inode *inode, int flags);

static inline void file_ref(struct file *file)
{
    atomic_add_relaxed(&file->refs, 1);
}

/* Drop a reference; the last one closes the file.  Sleeps: yes. */
void file_put(struct file *file);

/* Move the position by `offset` from the start, from where it is, or from the
   end (SEEK_SET, SEEK_CUR, SEEK_END).  The new one, or -ESPIPE, -EINVAL.
   Sleeps: yes. */
int64_t file_seek(struct file *file, int64_t offset, int from);

/* Set the length of a regular file that is open for writing: -EINVAL, or
   errors of inode_truncate.  Sleeps: yes. */
int file_truncate(struct file *file, uint64_t size);

/* Make durable the contents, the names of a file, what is in a directory, and
   whatever was changed before: -EINVAL for what has no disk; -EIO once, then
   -EROFS, when writing to the disk has failed.  Sleeps: yes. */
int file_sync(struct file *file);

/* The pager of a regular file, for mapping it; NULL for anything else. */
struct pager *file_pager(const struct file *file);

/* Whether it is the console, which has a foreground group. */
bool file_is_console(const struct file *file);
