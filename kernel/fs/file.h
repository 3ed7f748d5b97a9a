#pragma once

#include "lib/atomic.h"
#include "lib/base.h"

/*
 * Open files: what a descriptor stands for.  Descriptors made by dup and fork
 * share one struct file and so its position.
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
    uint32_t told;              // [a] a failure to write has been reported
    const struct file_ops *ops; // [i]
    struct inode *inode;        // [i] NULL for a pipe
    union {
        uint64_t offset;   // where the next read is; inode's lock
        struct pipe *pipe; // [i]
    };
};

void file_init(void);

/* A file with one reference and flags as open() has them, to be opened if `ops`
   is NULL; NULL when memory has run out. */
struct file *file_alloc(const struct file_ops *ops, int flags);

/* Free a file that was not opened after all. */
void file_free(struct file *file);

/* Open an inode; the file takes its own reference.  0, -EISDIR, -EROFS,
   -ENODEV, and for O_TRUNC errors of inode_truncate.  Sleeps: yes. */
int file_open(struct file *file, struct inode *inode, int flags);

/* One more reference to a file. */
static inline void file_ref(struct file *file)
{
    atomic_add_relaxed(&file->refs, 1);
}

void file_put(struct file *file); // Sleeps: yes

/* Move the position: 0 from the start, 1 from here, 2 from the end.  The new
   one, or -ESPIPE, -EINVAL.  Sleeps: yes. */
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

/* Whether it is the console. */
bool file_is_console(const struct file *file);
