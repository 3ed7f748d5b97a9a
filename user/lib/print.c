/*
 * Printing to a descriptor.
 *
 * The text is collected in a buffer on the stack and written when the buffer is
 * full or the call ends.  So a short line is one write, which the console and
 * pipes do not mix with the output of other processes.  Nothing remains to be
 * flushed when a program is killed.
 *
 * Programs need not check each result: the first failed write to standard
 * output is remembered and reported when main returns (start.S).
 */
#include "lib/fmt.h"
#include "user/tool.h"

struct print_sink {
    struct fmt_sink sink; // must be first: the engine knows only this
    int fd;
    int error; // errno of the first failed write, or 0
    int used;
    char text[512];
};

static int output_error; // of the first failed write to descriptor 1

/* Implements write_all(), under another name because a program may define a
   function of that name. */
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

/* Whether output to standard output was lost, so that going on is useless. */
bool output_failed(void)
{
    return output_error != 0;
}

/* The exit status of a program that would end with `status`: not 0 if output
   was lost, which is then reported.  A closed pipe is not an error: its reader
   has seen enough. */
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

/* Write the buffer.  After an error the rest is dropped. */
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

/* Implements vfprintf(), under another name because a program may define a
   function of that name. */
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

/* Print to `fd`; returns the number of characters, or -1 with `errno`. */
int vfprintf(int fd, const char *format, va_list args)
{
    return print_on(fd, format, args);
}

/* Like vfprintf. */
int fprintf(int fd, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    int length = print_on(fd, format, args);
    va_end(args);
    return length;
}

/* Like vfprintf, to standard output. */
int printf(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    int length = print_on(1, format, args);
    va_end(args);
    return length;
}

/* Print a line to standard output. */
int puts(const char *s)
{
    return printf("%s\n", s);
}

/* Print "WHAT: text of errno", or only the text, to standard error. */
void perror(const char *what)
{
    const char *text = strerror(errno);

    if (what == NULL || *what == '\0') {
        fprintf(2, "%s\n", text);
    } else {
        fprintf(2, "%s: %s\n", what, text);
    }
}
