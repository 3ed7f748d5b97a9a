#include "dev/console.h"
#include "dev/chardev.h"
#include "dev/line.h"
#include "vm/iobuf.h"
#include "proc/proc.h"
#include "sched/thread.h"
#include "riscv/csr.h"
#include "riscv/machine.h"

/*
 * The console: line editing between a line to a terminal (dev/line.h) and the
 * programs.
 *
 * Input.  Characters gather in a ring.  Those before `committed` are whole
 * lines, which read() hands out, one line to a call; those behind it are being
 * typed and can still be edited:
 *
 *     taken <= committed <= typed <= taken + INPUT_RING
 *
 * Positions count on for ever and are taken modulo the ring's size.  A line
 * ends with '\n' or with a ^D, which stays in the ring to mark the end and is
 * handed to nobody; on an empty line it reads as end of file.  The last place
 * in the ring is kept for a line's end.  A line that does not fit is dropped
 * whole when its end comes, with a word about it: the rest of it would be
 * another command.
 *
 * Output.  write() copies a piece of up to PIECE bytes out of the user's
 * memory, then puts it into the output ring at once, so that the pieces of
 * several writers never mix.  The line takes the ring's contents as fast as it
 * can.  Echo goes the same way, but nobody waits for it: what does not fit is
 * dropped.
 *
 * Locks: console.lock guards all of it.  proc_kill_group is called
 * without it, because its lock ranks lower.  Reader and writers sleep killably,
 * because nobody may ever type or read.
 */

#define INPUT_RING  4096
#define OUTPUT_RING 4096
#define PIECE       256 // bytes of one write that stay together

#define CTRL(letter) ((letter)-0x40)

#define END_MARK CTRL('D') // ends a line without being part of it
#define DELETE   0x7f

static const struct line *line; // [i]

static struct {
    struct spinlock lock;
    char input[INPUT_RING];
    size_t taken;     // next to hand out
    size_t committed; // end of the whole lines
    size_t typed;     // end of the line being typed
    bool too_long;    // that line did not fit
    char output[OUTPUT_RING];
    size_t sent;             // next for the line
    size_t queued;           // end of the output; sent <= queued
    pid_t foreground;        // [a] the group that ^C kills
    struct waitq typed_line; // readers wait for a whole line
    struct waitq room;       // writers wait for room in the output ring
    struct waitq nobody;     // the poller waits for its time
} console = {.lock = SPINLOCK_INIT("console", RANK_CONSOLE)};

static size_t output_room(void)
{
    return OUTPUT_RING - (console.queued - console.sent);
}

/* Append to the output ring, which has room for two; a line end is CR LF on
   the terminal.  Locks: console held. */
static void output_put(char c)
{
    if (c == '\n') {
        console.output[console.queued++ % OUTPUT_RING] = '\r';
    }
    console.output[console.queued++ % OUTPUT_RING] = c;
}

/* Pass output to the line until it takes no more.  Writers are woken only when
   the ring is half empty, so that each finds work for a while.
   Locks: console held. */
static void output_push(void)
{
    bool was_short = output_room() < OUTPUT_RING / 2;
    size_t n = 1;
    while (console.sent != console.queued && n > 0) {
        size_t start = console.sent % OUTPUT_RING;
        size_t run =
            min_u64(console.queued - console.sent, OUTPUT_RING - start);
        n = line->send(console.output + start, run);
        console.sent += n;
    }
    if (was_short && output_room() >= OUTPUT_RING / 2) {
        waitq_wake_all(&console.room);
    }
}

/* Show text as far as there is room.  Locks: console held. */
static void echo(const char *text)
{
    for (; *text != '\0' && output_room() >= 2; text++) {
        output_put(*text);
    }
}

static char *input_at(size_t position)
{
    return &console.input[position % INPUT_RING];
}

/* Take the last typed character back, all bytes of it when it is UTF-8; false
   when the line is empty.  Locks: console held. */
static bool edit_erase(void)
{
    bool is_part = true; // of a character that begins further left
    if (console.typed == console.committed) {
        return false;
    }
    while (is_part && console.typed != console.committed) {
        is_part = (*input_at(--console.typed) & 0xc0) == 0x80;
    }
    echo("\b \b");
    return true;
}

/* Take characters back while they are blanks, or while they are not.
   Locks: console held. */
static void edit_erase_run(bool blanks)
{
    while (console.typed != console.committed &&
           (*input_at(console.typed - 1) == ' ') == blanks) {
        edit_erase();
    }
}

/* Add a character to the line; a full ring takes none.  A tab shows as one
   blank, so that erasing it is simple.  Locks: console held. */
static void edit_add(char c)
{
    char shown[2] = {c == '\t' ? ' ' : c, '\0'};
    if (console.typed - console.taken >= INPUT_RING - 1) {
        shown[0] = '\a';
        console.too_long = true;
    } else {
        *input_at(console.typed++) = c;
    }
    echo(shown);
}

/* Finish the line with its end and wake the reader.  One that is too long is
   read as an empty one; when there is no room even for that, as nothing.
   Locks: console held. */
static void edit_commit(char end)
{
    if (console.too_long) {
        console.typed = console.committed;
        console.too_long = false;
        echo("\a\nline dropped: too long, or too much typed ahead");
    }
    if (console.typed - console.taken < INPUT_RING) {
        *input_at(console.typed++) = end;
        console.committed = console.typed;
        waitq_wake_all(&console.typed_line);
    }
    if (end == '\n') {
        echo("\n");
    }
}

/* Act on a character that edits or enters text; control characters without a
   meaning are left out.  Locks: console held. */
static void edit(char c)
{
    switch (c) {
    case '\b':
    case DELETE:
        edit_erase();
        break;
    case CTRL('W'):
        edit_erase_run(true);
        edit_erase_run(false);
        break;
    case CTRL('U'):
        while (edit_erase()) {}
        console.too_long = false;
        break;
    case CTRL('C'):
        console.typed = console.committed;
        console.too_long = false;
        echo("^C\n");
        break;
    case '\r':
    case '\n':
        edit_commit('\n');
        break;
    case END_MARK:
        edit_commit(END_MARK);
        break;
    default:
        if ((unsigned char)c >= ' ' || c == '\t') {
            edit_add(c);
        }
        break;
    }
}

/*
 * A character arrived.  No lock is held, because ^C kills processes.  The list
 * of ^P is printed by the thread that was interrupted, before it goes on.
 * Locks: takes console; for ^C the process tree.  Sleeps: no.
 */
static void input(char c)
{
    spin_acquire(&console.lock);
    edit(c);
    output_push();
    spin_release(&console.lock);

    pid_t foreground = atomic_load_relaxed(&console.foreground);
    if (c == CTRL('C') && foreground != 0) {
        proc_kill_group(foreground);
    } else if (c == CTRL('P')) {
        thread_add_work(thread_self(), WORK_LIST);
    }
}

/*
 * The line's interrupt handler.  Characters beyond the bound interrupt again.
 * Whether the line asked for output makes no difference: the console tries to
 * go on sending in any case.  Locks: takes console, and what input takes.
 * Sleeps: no.
 */
void console_interrupt(void)
{
    enum { ROUNDS = 64 };
    int c;
    for (int n = 0; n < ROUNDS && (c = line->receive()) >= 0; n++) {
        input((char)c);
    }
    spin_acquire(&console.lock);
    output_push();
    spin_release(&console.lock);
}

/* A thread that does the same a hundred times a second, for a line that does
   not interrupt. */
_Noreturn void console_poll(void *unused)
{
    enum { PER_SECOND = 100 };
    struct thread *self = thread_self();
    (void)unused;
    for (;;) {
        console_interrupt();
        if ((atomic_load_relaxed(&self->work) & WORK_LIST) != 0) {
            thread_clear_work(self, WORK_LIST); // no trap looks at it here
            proc_dump();
        }
        spin_acquire(&console.lock);
        waitq_wait_timeout(&console.nobody, &console.lock,
                           time_now() + machine.timebase / PER_SECOND);
        spin_release(&console.lock);
    }
}

/* Move the next line, or as much of it as fits, out of the ring; returns the
   number of bytes.  Locks: console held; iobuf_put does not sleep. */
static size_t line_take(struct iobuf *buf)
{
    size_t n = 0;
    char c = '\0';
    while (n < buf->length && console.taken != console.committed && c != '\n') {
        c = *input_at(console.taken);
        if (c == END_MARK) {
            break;
        }
        iobuf_put(buf, n++, &c, 1);
        console.taken++;
    }
    // The mark goes with the bytes before it, or it would read as end of file.
    if (c != '\n' && console.taken != console.committed &&
        *input_at(console.taken) == END_MARK) {
        console.taken++;
    }
    return n;
}

/* Read one line: the bytes moved, 0 at ^D, -EINTR when killed.  Sleeps: yes. */
static ssize_t console_read(int minor, struct iobuf *buf)
{
    (void)minor;
    ssize_t result = 0;
    if (buf->length == 0) {
        return 0;
    }
    spin_acquire(&console.lock);
    while (console.taken == console.committed && result == 0) {
        result = waitq_wait_killable(&console.typed_line, &console.lock);
    }
    if (result == 0) {
        result = (ssize_t)line_take(buf);
    }
    spin_release(&console.lock);
    return result;
}

/* Write all of buf: the bytes moved, which are fewer only when the process was
   killed; -EINTR when it was killed before the first.  A piece is queued when
   there is room for all of it, even if each byte were a line end.
   Sleeps: yes. */
static ssize_t console_write(int minor, struct iobuf *buf)
{
    char piece[PIECE];
    size_t done = 0;
    int error = 0;
    (void)minor;
    while (done < buf->length && error == 0) {
        size_t n = min_u64(buf->length - done, PIECE);
        iobuf_get(buf, done, piece, n);
        spin_acquire(&console.lock);
        while (output_room() < 2 * n && error == 0) {
            error = waitq_wait_killable(&console.room, &console.lock);
        }
        for (size_t i = 0; i < n && error == 0; i++) {
            output_put(piece[i]);
        }
        output_push();
        spin_release(&console.lock);
        done += error == 0 ? n : 0;
    }
    return done > 0 ? (ssize_t)done : error;
}

/* Push the output out while the line takes any; it is given up when that takes
   too long.  Locks: takes console. */
void console_flush(void)
{
    enum { PATIENCE = 1000000 };
    spin_acquire(&console.lock);
    for (int tries = 0; tries < PATIENCE && console.sent != console.queued;
         tries++) {
        output_push();
    }
    spin_release(&console.lock);
}

const struct chardev console_driver = {console_read, console_write};

/* Get ready for readers and writers, and send kernel messages to the line. */
void console_init(const struct line *chosen)
{
    line = chosen;
    waitq_init(&console.typed_line);
    waitq_init(&console.room);
    waitq_init(&console.nobody);
    klog_set_sinks(line->log, line->log_panic);
}

/* Set the process group that ^C kills; 0 for none. */
void console_set_foreground(pid_t pgid)
{
    atomic_store_relaxed(&console.foreground, pgid);
}
