/*
 * help [NAME...]: list the programs, or say how to call some of them.
 *
 * The table is made from the comments at the top of the programs' sources
 * (tools/help.awk), so new programs appear in it automatically.
 */
#include <stdbool.h>
#include "user/user.h"

enum kind { PROGRAM, BUILTIN };

static const struct help {
    enum kind kind;
    const char *name;
    const char *arguments;
    const char *text; // empty if the source has none
} table[] = {
#define HELP(kind, name, arguments, text) {kind, name, arguments, text},
#include "help.h"
};
enum { COUNT = sizeof(table) / sizeof(table[0]) };

/* Print one line for each program of that kind. */
static void help_list(enum kind kind)
{
    for (int i = 0; i < COUNT; i++) {
        if (table[i].kind == kind) {
            printf("  %-11s %s\n", table[i].name, table[i].text);
        }
    }
}

/* Print the usage of `name`, twice if the shell has it, too; returns whether
   there is such a program. */
static bool help_show(const char *name)
{
    bool found = false;

    for (int i = 0; i < COUNT; i++) {
        const struct help *help = &table[i];

        if (strcmp(help->name, name) == 0) {
            printf("%s%s%s: %s%s\n", name, *help->arguments != '\0' ? " " : "",
                   help->arguments, help->text,
                   help->kind == BUILTIN ? " (the shell's own)" : "");
            found = true;
        }
    }
    return found;
}

int main(int argc, char **argv)
{
    int status = 0;

    if (argc == 1) {
        printf("The shell's own commands:\n");
        help_list(BUILTIN);
        printf("Programs:\n");
        help_list(PROGRAM);
        printf("\"help NAME\" says how to call one.\n");
    }
    for (int i = 1; i < argc; i++) {
        if (!help_show(argv[i])) {
            fprintf(2, "help: no program %s\n", argv[i]);
            status = 1;
        }
    }
    return status;
}
