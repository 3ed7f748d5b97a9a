#include "fs/pipe.h"
#include "api/fcntl.h"
#include "api/stat.h"
#include "fs/file.h"
#include "vm/uaccess.h"
#include "mm/page.h"
#include "mm/pool.h"
#include "sched/waitq.h"

/*
 * Pipes.
 *
 * A pipe is a ring of up to 16 pages.  `head` is the position of the next byte
 * to read, `tail` that of the next to write; byte n is in page n / 4096 % 16.
 * Pages are allocated when a writer first reaches them and stay until the pipe
 * is closed: what streams through it takes no page from the allocator, and a
 * pipe that its reader always empties has just one.
 *
 *  1. tail - PIPE_BYTES <= head <= tail.
 *  2. Bytes are copied without the lock.  Meanwhile `reading` or `writing` is
 *     set, so that one reader has what lies between head and tail to itself,
 *     and one writer what lies beyond tail; then head or tail moves on.
 *  3. A write of up to 4096 bytes waits until all of it fits, so writers do
 *     not mix their lines; a larger one goes in by pieces of at least so many.
 *  4. A reader takes what is there, and waits only when there is nothing.
 *
 * A wait ends when there is something to do, when the other end is closed
 * (end of file for readers, -EPIPE for writers), or by kill (-EINTR).  Bytes
 * that were moved before that count: the result is then how many.
 *
 * Locks: pipe->lock, rank PIPE.
 */

#define PIPE_PAGES 16
#define PIPE_BYTES (PIPE_PAGES * PAGE_SIZE)

struct pipe {
    struct spinlock lock;          // [l] all but `page`
    bool reader_open;              // [l]
    bool writer_open;              // [l]
    bool reading;                  // [l] a reader copies
    bool writing;                  // [l] a writer copies
    uint64_t head;                 // [l] where to read
    uint64_t tail;                 // [l] where to write
    struct waitq changed;          // any of the above has
    struct page *page[PIPE_PAGES]; // the slots of the ring: see 2
};

static struct pool pipe_pool;

static struct page **pipe_slot(struct pipe *pipe, uint64_t position)
{
    return &pipe->page[position / PAGE_SIZE % PIPE_PAGES];
}

/* Copy n bytes from the ring at `head` into `buf`.  Invariant 2 keeps other
   readers and writers away from them. */
static void pipe_take(struct pipe *pipe, uint64_t head, struct iobuf *buf,
                      size_t n)
{
    for (size_t done = 0; done < n;) {
        uint64_t from = (head + done) % PAGE_SIZE;
        size_t piece = min_u64(n - done, PAGE_SIZE - from);
        struct page *page = *pipe_slot(pipe, head + done);
        iobuf_put(buf, done, (char *)page_address(page) + from, piece);
        done += piece;
    }
}

/* Copy n bytes of `buf` from `at` into the ring at `tail`, allocating pages.
   Returns how many; fewer when memory has run out. */
static size_t pipe_fill(struct pipe *pipe, uint64_t tail,
                        const struct iobuf *buf, size_t at, size_t n)
{
    size_t done = 0;
    while (done < n) {
        uint64_t to = (tail + done) % PAGE_SIZE;
        size_t piece = min_u64(n - done, PAGE_SIZE - to);
        struct page **slot = pipe_slot(pipe, tail + done);
        if (*slot == NULL) {
            *slot = page_alloc(PAGE_KERNEL);
        }
        if (*slot == NULL) {
            break;
        }
        iobuf_get(buf, at + done, (char *)page_address(*slot) + to, piece);
        done += piece;
    }
    return done;
}

/* Bytes that can be written. */
static size_t pipe_room_locked(const struct pipe *pipe)
{
    assert_held(&pipe->lock);
    check_that(pipe->tail - pipe->head <= PIPE_BYTES);
    return PIPE_BYTES - (pipe->tail - pipe->head);
}

/* Let an empty pipe begin its page again: the same page serves for ever, and
   what is written in whole words is copied in whole words. */
static void pipe_rewind_locked(struct pipe *pipe)
{
    assert_held(&pipe->lock);
    if (pipe->head == pipe->tail && !pipe->reading) {
        pipe->head = round_down(pipe->head, PAGE_SIZE);
        pipe->tail = pipe->head;
    }
}

/* file_ops.read of a pipe: wait for bytes and until no other reader is at work;
   0 when all writers are gone. */
static ssize_t pipe_read(struct file *file, struct iobuf *buf)
{
    struct pipe *pipe = file->pipe;
    int error = 0;
    spin_acquire(&pipe->lock);
    while (error == 0 &&
           (pipe->reading || (pipe->head == pipe->tail && pipe->writer_open))) {
        error = waitq_wait_killable(&pipe->changed, &pipe->lock);
    }
    uint64_t head = pipe->head;
    size_t n = error == 0 ? min_u64(pipe->tail - head, buf->length) : 0;
    if (n > 0) {
        pipe->reading = true;
        spin_release(&pipe->lock);
        pipe_take(pipe, head, buf, n);
        spin_acquire(&pipe->lock);
        pipe->reading = false;
        pipe->head = head + n;
        waitq_wake_all(&pipe->changed);
    }
    spin_release(&pipe->lock);
    return error != 0 ? error : (ssize_t)n;
}

/* Write the bytes of `buf` from `at`, or as many as there is room for; wait for
   room and until no other writer is at work.  How many, or -EPIPE, -EINTR,
   -ENOMEM. */
static ssize_t pipe_write_piece(struct pipe *pipe, const struct iobuf *buf,
                                size_t at)
{
    size_t n = buf->length - at;
    size_t least = min_u64(n, PAGE_SIZE);
    int error = 0;
    spin_acquire(&pipe->lock);
    while (error == 0 && pipe->reader_open &&
           (pipe->writing || pipe_room_locked(pipe) < least)) {
        error = waitq_wait_killable(&pipe->changed, &pipe->lock);
    }
    if (error == 0 && !pipe->reader_open) {
        error = -EPIPE;
    }
    if (error == 0) {
        pipe_rewind_locked(pipe);
        uint64_t tail = pipe->tail;
        n = min_u64(n, pipe_room_locked(pipe));
        pipe->writing = true;
        spin_release(&pipe->lock);
        n = pipe_fill(pipe, tail, buf, at, n);
        spin_acquire(&pipe->lock);
        pipe->writing = false;
        pipe->tail = tail + n;
        waitq_wake_all(&pipe->changed);
        error = n > 0 ? 0 : -ENOMEM;
    }
    spin_release(&pipe->lock);
    return error != 0 ? error : (ssize_t)n;
}

/* file_ops.write of a pipe: all of `buf`, or less when it ends in an error. */
static ssize_t pipe_write(struct file *file, struct iobuf *buf)
{
    size_t done = 0;
    while (done < buf->length) {
        ssize_t n = pipe_write_piece(file->pipe, buf, done);
        if (n < 0) {
            return done > 0 ? (ssize_t)done : n;
        }
        done += (size_t)n;
    }
    return (ssize_t)done;
}

/* file_ops.stat of a pipe: its size is how many bytes are in it. */
static void pipe_stat(struct file *file, struct stat *out)
{
    struct pipe *pipe = file->pipe;
    spin_acquire(&pipe->lock);
    *out = (struct stat){
        .type = T_PIPE,
        .nlink = 1,
        .size = pipe->tail - pipe->head,
    };
    spin_release(&pipe->lock);
}

/* file_ops.close of a pipe: the second end that is closed frees it. */
static void pipe_close(struct file *file)
{
    struct pipe *pipe = file->pipe;
    spin_acquire(&pipe->lock);
    *(file->writable ? &pipe->writer_open : &pipe->reader_open) = false;
    bool last = !pipe->reader_open && !pipe->writer_open;
    waitq_wake_all(&pipe->changed);
    spin_release(&pipe->lock);
    for (int i = 0; last && i < PIPE_PAGES; i++) {
        if (pipe->page[i] != NULL) {
            page_put(pipe->page[i]);
        }
    }
    pool_free(&pipe_pool, last ? pipe : NULL);
}

static const struct file_ops pipe_ops = {
    .read = pipe_read,
    .write = pipe_write,
    .stat = pipe_stat,
    .close = pipe_close,
    .stream = true,
};

int pipe_create(struct file **reader, struct file **writer)
{
    struct pipe *pipe = pool_alloc(&pipe_pool);
    *reader = file_alloc(&pipe_ops, O_RDONLY);
    *writer = file_alloc(&pipe_ops, O_WRONLY);
    if (pipe == NULL || *reader == NULL || *writer == NULL) {
        file_free(*reader);
        file_free(*writer);
        pool_free(&pipe_pool, pipe);
        return -ENOMEM;
    }
    spin_init(&pipe->lock, "pipe", RANK_PIPE);
    waitq_init(&pipe->changed);
    pipe->reader_open = true;
    pipe->writer_open = true;
    (*reader)->pipe = pipe;
    (*writer)->pipe = pipe;
    return 0;
}

/* Prepare the pool; at boot. */
void pipe_init(void)
{
    pool_init(&pipe_pool, "pipe", sizeof(struct pipe));
}
