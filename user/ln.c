/*
 * ln [-fs] OLD... NEW: give files a second name; NEW may be a directory.
 *
 * -s makes a symbolic link with the path OLD; -f first removes an existing NEW.
 */
#include "user/tool.h"

static bool soft;
static bool force;

static bool is_same(const char *a, const char *b)
{
    struct stat of_a;
    struct stat of_b;

    return stat(a, &of_a) == 0 && stat(b, &of_b) == 0 && of_a.ino == of_b.ino;
}

/* Create one name; returns the exit status. */
static int ln(const char *old, const char *new)
{
    int (*make)(const char *old, const char *new) = soft ? symlink : link;
    int result = make(old, new);

    // Do not remove the last name of OLD itself.
    if (result < 0 && errno == EEXIST && force && !is_same(old, new)) {
        result = unlink(new);
        result = result < 0 ? result : make(old, new);
    }
    if (result < 0) {
        fprintf(2, "ln: %s to %s: %s\n", old, new, strerror(errno));
        return 1;
    }
    return 0;
}

int main(int argc, char **argv)
{
    int c;

    while ((c = getopt(argc, argv, "fs")) != -1) {
        soft |= c == 's';
        force |= c == 'f';
        if (c == '?') {
            argc = 0;
        }
    }
    if (argc - optind < 2) {
        fprintf(2, "usage: ln [-fs] OLD... NEW\n");
        return 2;
    }
    return each_target("ln", argc - optind, argv + optind, ln);
}
