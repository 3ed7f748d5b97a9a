/*
 * Redirections, and the shell's own descriptors.
 *
 * A redirection names one digit.  So the shell keeps its own descriptors at 10
 * and above, where redirections cannot reach them, and the child that becomes a
 * command closes them.  They are never 0, 1, or 2, either, even if these are
 * closed.
 */
#include "sh.h"
#include "user/tool.h"

enum {
    DIGITS = 10,
    NOT_OPEN = -1, // marks a descriptor that was not open
    NOT_SAVED = -2,
};

/* Copy a descriptor to 10 or above; -1 with `errno`. */
static int fd_copy(int fd)
{
    struct stat st;
    int copy = DIGITS;

    while (copy < NOFILE && fstat(copy, &st) == 0) {
        copy++;
    }
    if (copy == NOFILE) {
        errno = EMFILE;
        return -1;
    }
    return dup2(fd, copy);
}

/* Move a new descriptor to 10 or above; -1 with `errno` if that fails. */
int fd_hide(int fd)
{
    if (fd < 0 || fd >= DIGITS) {
        return fd;
    }
    int hidden = fd_copy(fd);
    close(fd);
    return hidden;
}

/* Open the file that a redirection names as a new descriptor; -1 after printing
   an error. */
static int redirect_open(const struct redirect *r)
{
    static const int flags[] = {
        [REDIRECT_IN] = O_RDONLY,
        [REDIRECT_OUT] = O_WRONLY | O_CREATE | O_TRUNC,
        [REDIRECT_APPEND] = O_WRONLY | O_CREATE | O_APPEND,
    };
    int fd;

    if (r->kind == REDIRECT_DUP) {
        bool digit =
            r->target[0] >= '0' && r->target[0] <= '9' && r->target[1] == '\0';

        errno = EBADF;
        fd = digit ? dup(r->target[0] - '0') : -1;
    } else {
        fd = open(r->target, flags[r->kind]);
    }
    if (fd < 0) {
        print_error(r->target);
    }
    return fd;
}

/* Perform redirections in order; false if one fails. */
bool redirect_apply(const struct redirect *r)
{
    for (; r != NULL; r = r->next) {
        if (r->kind == REDIRECT_DUP && strcmp(r->target, "-") == 0) {
            close(r->fd);
            continue;
        }
        int fd = redirect_open(r);
        if (fd < 0) {
            return false;
        }
        if (fd != r->fd) {
            dup2(fd, r->fd);
            close(fd);
        }
    }
    return true;
}

/* Keep a copy of each descriptor that is to be redirected; false if that
   fails. */
static bool save_all(const struct redirect *r, int saved[DIGITS])
{
    for (; r != NULL; r = r->next) {
        if (saved[r->fd] != NOT_SAVED) {
            continue;
        }
        saved[r->fd] = fd_copy(r->fd);
        if (saved[r->fd] < 0 && errno != EBADF) {
            print_error("redirection");
            saved[r->fd] = NOT_SAVED;
            return false;
        }
    }
    return true;
}

/* Restore the descriptors, and close those that were not open. */
static void restore_all(const int saved[DIGITS])
{
    for (int fd = 0; fd < DIGITS; fd++) {
        if (saved[fd] >= 0) {
            dup2(saved[fd], fd);
            close(saved[fd]);
        } else if (saved[fd] == NOT_OPEN) {
            close(fd);
        }
    }
}

/* Run a built-in command in this process, and undo its redirections
   afterwards. */
int run_builtin(const struct command *c)
{
    int saved[DIGITS];
    int status = 1;

    for (int fd = 0; fd < DIGITS; fd++) {
        saved[fd] = NOT_SAVED;
    }
    if (save_all(c->redirects, saved) && redirect_apply(c->redirects)) {
        status = c->argv[0] == NULL ? 0 : builtin_run(c->argv);
    }
    restore_all(saved);
    return status;
}
