/*
 * Printing to a descriptor.
 *
 * The text is gathered in a buffer on the stack and written when that is full
 * or the call ends.  A short line is thus one write, which the console and
 * pipes keep whole among the output of other processes, and there is nothing
 * left to flush when a program is killed.
 *
 * Programs need not look at each result: that standard output has failed once
 * is kept, and told when main returns (start.S).
 */
#include "lib/fmt.h"
#include "user/tool.h"

struct print_sink {
    struct fmt_sink sink; // first: the engine knows only this
    int fd;
    int error; // errno of the first write that failed, or 0
    int used;
    char text[512];
};

static int output_error; // of the first write to descriptor 1 that failed

/* What write_all() does; not under its name, which a program may give to a
   function of its own. */
static int print_bytes(int fd, const char *text, int n)
{
    int done = 0;

    while (done < n) {
        int moved = write(fd, text + done, n - done);

        if (moved <= 0) {
            output_error = fd == 1 && output_error == 0 ? errno : output_error;
            return -1;
        }
        done += moved;
    }
    return 0;
}

/* Write all `n` bytes; 0, or -1 with `errno`. */
int write_all(int fd, const void *bytes, int n)
{
    return print_bytes(fd, bytes, n);
}

/* Whether something for standard output was lost: it is no use to go on. */
bool output_failed(void)
{
    return output_error != 0;
}

/* The exit status of a program that would end with `status`: not 0 if output
   was lost, which is told.  A reader who has gone has seen what it wanted. */
int output_status(int status, char *const *argv)
{
    int error = output_error;

    output_error = 0;
    if (error == 0) {
        return status;
    }
    if (error != EPIPE) {
        fprintf(2, "%s: standard output: %s\n", argv[0], strerror(error));
    }
    return status != 0 ? status : 1;
}

/* Write what is gathered.  After an error the rest is dropped. */
static void print_flush(struct print_sink *p)
{
    if (p->error == 0 && print_bytes(p->fd, p->text, p->used) < 0) {
        p->error = errno;
    }
    p->used = 0;
}

/* Take one character from the formatting engine. */
static void print_put(struct fmt_sink *sink, char c)
{
    struct print_sink *p = (struct print_sink *)sink;

    p->text[p->used++] = c;
    if (p->used == (int)sizeof(p->text)) {
        print_flush(p);
    }
}

/* What vfprintf() does; not under its name, which a program may give to a
   function of its own. */
static int print_on(int fd, const char *format, va_list args)
{
    struct print_sink p;

    p.sink.put = print_put;
    p.fd = fd;
    p.error = 0;
    p.used = 0;
    int length = fmt_write(&p.sink, format, args);
    print_flush(&p);
    if (p.error != 0) {
        errno = p.error;
        return -1;
    }
    return length;
}

/* Print on `fd`; the number of characters, or -1 with `errno`. */
int vfprintf(int fd, const char *format, va_list args)
{
    return print_on(fd, format, args);
}

/* As vfprintf. */
int fprintf(int fd, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    int length = print_on(fd, format, args);
    va_end(args);
    return length;
}

/* As vfprintf, on standard output. */
int printf(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    int length = print_on(1, format, args);
    va_end(args);
    return length;
}

/* Print a line on standard output. */
int puts(const char *s)
{
    return printf("%s\n", s);
}

/* Print "WHAT: text of errno" on standard error, or the text alone. */
void perror(const char *what)
{
    const char *text = strerror(errno);

    if (what == NULL || *what == '\0') {
        fprintf(2, "%s\n", text);
    } else {
        fprintf(2, "%s: %s\n", what, text);
    }
}
