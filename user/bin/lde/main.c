/*
 * lde: limited direct execution, shown by a program that is executed so.
 *
 *     lde            all parts but freeze
 *     lde PART...    some of them
 *
 * A program runs directly on the hart.  The table shows what the program, the
 * hardware, and the OS do when it traps, yields, loops forever, or does
 * something forbidden.  The rows are printed as the events happen, with the
 * observed addresses, process ids, counts, and statuses.  The exit status is 0
 * if everything followed the protocol.
 */
#include "lde.h"

static const struct part {
    const char *name;
    bool (*show)(void);
    bool alone; // runs only if named
} parts[] = {
    {"syscall", show_syscall, false},
    {"exit", show_exit, false},
    {"yield", show_yield, false},
    {"loop", show_loop, false},
    {"illegal", show_illegal, false},
    {"privileged", show_privileged, false},
    {"undefined", show_undefined, false},
    {"divide", show_divide, false},
    {"freeze", show_freeze, true},
};

enum { PARTS = sizeof(parts) / sizeof(parts[0]) };

/* Show the part of that name; false also if there is no such part. */
static bool show(const char *name)
{
    for (int i = 0; i < PARTS; i++) {
        if (strcmp(parts[i].name, name) == 0) {
            return parts[i].show();
        }
    }
    fprintf(2, "lde: no part %s; the parts are:", name);
    for (int i = 0; i < PARTS; i++) {
        fprintf(2, " %s", parts[i].name);
    }
    fprintf(2, "\n");
    return false;
}

int main(int argc, char **argv)
{
    bool ok = true;

    if (argc == 2 && strcmp(argv[1], "hello") == 0) {
        return hello_main(argc, argv);
    }
    for (int i = 1; i < argc; i++) {
        ok &= show(argv[i]);
    }
    for (int i = 0; argc == 1 && i < PARTS; i++) {
        ok &= parts[i].alone || parts[i].show();
    }
    return !ok;
}
