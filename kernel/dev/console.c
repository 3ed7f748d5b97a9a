#include "dev/console.h"
#include "dev/chardev.h"
#include "dev/clock.h"
#include "dev/line.h"
#include "proc/proclist.h"
#include "proc/proc.h"
#include "sched/thread.h"
#include "vm/uaccess.h"

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
 * Positions only grow and are taken modulo the ring's size.  A line ends with
 * '\n' or with a ^D, which marks the end in the ring and is given to no
 * program; on an empty line it reads as end of file.  The last place in the
 * ring is kept for a line's end.  A line that does not fit is dropped as a
 * whole when its end comes, with a message, because its first part might be
 * another command.
 *
 * Output.  write() copies a piece of up to PIECE bytes out of the user's
 * memory, then puts it into the output ring at once, so that the pieces of
 * several writers never mix.  The line takes the ring's contents as fast as it
 * can.  Echo goes the same way, but nothing waits for it: what does not fit is
 * dropped.
 *
 * Locks: console.lock guards all of it.  proc_kill_group is called without it,
 * because its lock ranks lower.  Readers and writers sleep killably, because
 * a line may never be typed and a terminal never be read.
 */
#define INPUT_RING  4096
#define OUTPUT_RING 4096
#define PIECE       256 // bytes of one write that stay together

#define CTRL(letter) ((letter)-0x40)

#define END_MARK CTRL('D') // ends a line without being part of it
#define DELETE   0x7f

static const struct line *line; // [i]

static struct {
    struct spinlock lock; // guards what has no other mark
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

/* Free bytes of the output ring. */
static size_t output_room_locked(void)
{
    assert_held(&console.lock);
    return OUTPUT_RING - (console.queued - console.sent);
}

/* Append to the output ring, which has room for two; a line end is CR LF on
   the terminal. */
static void output_put_locked(char c)
{
    check_that(output_room_locked() >= 2);
    if (c == '\n') {
        console.output[console.queued++ % OUTPUT_RING] = '\r';
    }
    console.output[console.queued++ % OUTPUT_RING] = c;
}

/* Pass output to the line until it takes no more.  Writers are woken only when
   the ring is half empty, so that each finds work for a while. */
static void output_push_locked(void)
{
    bool was_short = output_room_locked() < OUTPUT_RING / 2;
    size_t n = 1;
    while (console.sent != console.queued && n > 0) {
        size_t start = console.sent % OUTPUT_RING;
        size_t run =
            min_u64(console.queued - console.sent, OUTPUT_RING - start);
        n = line->send(console.output + start, run);
        assert(n <= run);
        console.sent += n;
    }
    if (was_short && output_room_locked() >= OUTPUT_RING / 2) {
        waitq_wake_all(&console.room);
    }
}

/* Show text as far as there is room. */
static void echo_locked(const char *text)
{
    for (; *text != '\0' && output_room_locked() >= 2; text++) {
        output_put_locked(*text);
    }
}

static char *input_at(size_t position)
{
    return &console.input[position % INPUT_RING];
}

static bool input_is_empty_locked(void)
{
    assert_held(&console.lock);
    return console.typed == console.committed;
}

/* Take the last typed character back, all bytes of it when it is UTF-8. */
static void edit_erase_locked(void)
{
    bool is_part = !input_is_empty_locked(); // of a character: more to its left
    echo_locked(is_part ? "\b \b" : "");
    while (is_part && !input_is_empty_locked()) {
        is_part = (*input_at(--console.typed) & 0xc0) == 0x80;
    }
}

/* Take characters back while they are blanks, or while they are not. */
static void edit_erase_run_locked(bool blanks)
{
    while (!input_is_empty_locked() &&
           (*input_at(console.typed - 1) == ' ') == blanks) {
        edit_erase_locked();
    }
}

/* Add a character to the line; a full ring takes none.  A tab is shown as one
   blank, so that erasing it is simple. */
static void edit_add_locked(char c)
{
    char shown[2] = {c == '\t' ? ' ' : c, '\0'};
    if (console.typed - console.taken >= INPUT_RING - 1) {
        shown[0] = '\a';
        console.too_long = true;
    } else {
        *input_at(console.typed++) = c;
    }
    echo_locked(shown);
}

/* Finish the line with its end and wake the readers.  One that is too long is
   read as an empty one, or not at all when there is no room even for that. */
static void edit_commit_locked(char end)
{
    if (console.too_long) {
        console.typed = console.committed;
        console.too_long = false;
        echo_locked("\a\nline dropped: too long, or too much typed ahead");
    }
    if (console.typed - console.taken < INPUT_RING) {
        *input_at(console.typed++) = end;
        console.committed = console.typed;
        waitq_wake_all(&console.typed_line);
    }
    if (end == '\n') {
        echo_locked("\n");
    }
}

/* Act on a character that edits or enters text; control characters without a
   meaning are ignored. */
static void edit_locked(char c)
{
    switch (c) {
    case '\b':
    case DELETE:
        edit_erase_locked();
        break;
    case CTRL('W'):
        edit_erase_run_locked(true);
        edit_erase_run_locked(false);
        break;
    case CTRL('U'):
        while (!input_is_empty_locked()) {
            edit_erase_locked();
        }
        console.too_long = false;
        break;
    case CTRL('C'):
        console.typed = console.committed;
        console.too_long = false;
        echo_locked("^C\n");
        break;
    case '\n':
    case END_MARK:
        edit_commit_locked(c);
        break;
    default:
        if ((unsigned char)c >= ' ' || c == '\t') {
            edit_add_locked(c);
        }
        break;
    }
}

/*
 * A character has come in; Enter sends '\r'.  The list of ^P is printed by the
 * thread that was interrupted, before it goes on.
 * Locks: takes console; for ^C the process tree.  Sleeps: no.
 */
static void console_input(char c)
{
    spin_acquire(&console.lock);
    edit_locked(c == '\r' ? '\n' : c);
    output_push_locked();
    spin_release(&console.lock);

    pid_t foreground = atomic_load_relaxed(&console.foreground);
    if (c == CTRL('C') && foreground != 0) {
        proc_kill_group(foreground);
    } else if (c == CTRL('P')) {
        thread_add_work(thread_self(), WORK_LIST);
    }
}

/* Characters beyond the bound interrupt again.  Whether the line interrupted
   for input or for output makes no difference: both are tried. */
void console_interrupt(void)
{
    enum { ROUNDS = 64 };
    int c;
    for (int n = 0; n < ROUNDS && (c = line->receive()) >= 0; n++) {
        console_input((char)c);
    }
    spin_acquire(&console.lock);
    output_push_locked();
    spin_release(&console.lock);
}

_Noreturn void console_poll(void *unused)
{
    enum { PERIOD_MS = 10 };
    struct thread *self = thread_self();
    (void)unused;
    for (;;) {
        console_interrupt();
        if ((atomic_load_relaxed(&self->work) & WORK_LIST) != 0) {
            thread_clear_work(self, WORK_LIST); // this thread passes no trap
            proc_dump();
        }
        spin_acquire(&console.lock);
        waitq_wait_timeout(&console.nobody, &console.lock,
                           clock_deadline(PERIOD_MS));
        spin_release(&console.lock);
    }
}

/* Move the next line, or as much of it as fits, out of the ring; returns the
   number of bytes.  iobuf_put does not sleep. */
static size_t input_take_locked(struct iobuf *buf)
{
    size_t n = 0;
    char c = '\0';
    check_that(console.taken != console.committed); // so the end is in the ring
    while (n < buf->length && c != '\n' &&
           *input_at(console.taken) != END_MARK) {
        c = *input_at(console.taken++);
        iobuf_put(buf, n++, &c, 1);
    }
    // The mark goes with the bytes before it, or it would read as end of file.
    if (c != '\n' && *input_at(console.taken) == END_MARK) {
        console.taken++;
    }
    return n;
}

/* chardev.read: move one line.  0 at ^D, -EINTR when killed. */
static ssize_t console_read(int minor, struct iobuf *buf)
{
    (void)minor;
    ssize_t result = 0;
    assert_can_sleep();
    if (buf->length == 0) {
        return 0;
    }
    spin_acquire(&console.lock);
    while (console.taken == console.committed && result == 0) {
        result = waitq_wait_killable(&console.typed_line, &console.lock);
    }
    if (result == 0) {
        result = (ssize_t)input_take_locked(buf);
    }
    spin_release(&console.lock);
    return result;
}

/* chardev.write: move all of buf; the bytes moved are fewer only when the
   process was killed, -EINTR when it was killed before the first.  A piece is
   queued when there is room for all of it, even if each byte were a line end.
   */
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
        while (output_room_locked() < 2 * n && error == 0) {
            error = waitq_wait_killable(&console.room, &console.lock);
        }
        for (size_t i = 0; i < n && error == 0; i++) {
            output_put_locked(piece[i]);
        }
        output_push_locked();
        spin_release(&console.lock);
        done += error == 0 ? n : 0;
    }
    return done > 0 ? (ssize_t)done : error;
}

/* Output that the line does not take for too long is given up. */
void console_flush(void)
{
    enum { PATIENCE = 1000000 };
    spin_acquire(&console.lock);
    for (int tries = 0; tries < PATIENCE && console.sent != console.queued;
         tries++) {
        output_push_locked();
    }
    spin_release(&console.lock);
}

const struct chardev console_driver = {console_read, console_write};

void console_init(const struct line *chosen)
{
    line = chosen;
    waitq_init(&console.typed_line);
    waitq_init(&console.room);
    waitq_init(&console.nobody);
    klog_set_sinks(line->log, line->log_panic);
}

void console_set_foreground(pid_t pgid)
{
    atomic_store_relaxed(&console.foreground, pgid);
}
