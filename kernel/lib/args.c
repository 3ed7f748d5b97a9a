#include "lib/args.h"
#include "lib/fmt.h"
#include "lib/str.h"

/*
 * Boot arguments.
 *
 * The text is copied once and cut apart in place: a NUL goes behind each name
 * and each value.  Quotes count only right after the '=' and have no escapes,
 * so a quoted value holds anything but a quote.  A mistake ends the parsing;
 * it never stops the boot, because the user must see the warning.
 *
 * Pure, no locks: the boot hart parses once, later everybody only reads.
 */

#define BLANKS " \t\n\r"

/* The first of `stops`, or the final NUL, from `at` on; strchr finds both. */
static char *scan_to(char *at, const char *stops)
{
    while (strchr(stops, *at) == NULL) {
        at++;
    }
    return at;
}

/* Cut the text at `end`; returns where it goes on. */
static char *cut(char *end)
{
    bool is_last = *end == '\0';
    *end = '\0';
    return is_last ? end : end + 1;
}

/*
 * Cut the value out that begins at `at`, right after the '='; *value is set to
 * it.  Returns where the text goes on, or NULL when a quote is not closed or
 * not followed by a blank.
 */
static char *value_cut(char *at, const char **value)
{
    bool is_quoted = *at == '"';
    *value = at + is_quoted;
    char *end = scan_to(at + is_quoted, is_quoted ? "\"" : BLANKS);
    if (is_quoted && (*end == '\0' || strchr(BLANKS, end[1]) == NULL)) {
        return NULL;
    }
    return cut(end);
}

/* Cut one argument out at `at`.  Returns where the text goes on, or NULL with
   args->error set. */
static char *arg_cut(struct args *args, char *at)
{
    struct arg arg = {.name = at, .value = ""};
    const char *wrong = NULL;
    char *end = scan_to(at, "=" BLANKS);
    bool has_value = *end == '=';
    at = cut(end);
    if (has_value) {
        at = value_cut(at, &arg.value);
    }
    if (at == NULL) {
        wrong = "needs one pair of quotes";
    } else if (args_get(args, arg.name) != NULL) {
        wrong = "is given twice";
    } else if (args->count == ARGS_MAX) {
        wrong = "is one too many";
    }
    if (wrong != NULL) {
        snprintf(args->error, sizeof(args->error), "'%.40s' %s", arg.name,
                 wrong);
        return NULL;
    }
    args->arg[args->count++] = arg;
    return at;
}

void args_parse(const char *text, struct args *args)
{
    args->count = 0;
    args->error[0] = '\0';
    if (str_copy(args->text, text, ARGS_TEXT) >= ARGS_TEXT) {
        snprintf(args->error, sizeof(args->error),
                 "more than %d characters, all ignored", ARGS_TEXT - 1);
        return;
    }
    char *at = args->text;
    while (at != NULL && *at != '\0') {
        at = strchr(BLANKS, *at) != NULL ? at + 1 : arg_cut(args, at);
    }
}

const char *args_get(const struct args *args, const char *name)
{
    for (int i = 0; i < args->count; i++) {
        if (strcmp(args->arg[i].name, name) == 0) {
            return args->arg[i].value;
        }
    }
    return NULL;
}

void args_warn(const struct args *args, const char *const *known)
{
    if (args->error[0] != '\0') {
        kprintf("boot arguments: %s\n", args->error);
    }
    for (int i = 0; i < args->count; i++) {
        const char *const *name = known;
        while (*name != NULL && strcmp(*name, args->arg[i].name) != 0) {
            name++;
        }
        if (*name == NULL) {
            kprintf("boot arguments: unknown '%.40s'\n", args->arg[i].name);
        }
    }
}
