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

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* The first blank, `stop` or NUL from `at` on. */
static char *word_end(char *at, char stop)
{
    while (*at != '\0' && *at != stop && !is_blank(*at)) {
        at++;
    }
    return at;
}

/*
 * Cut the value out that begins at `at`, right after the '='; *value is set to
 * it.  Returns where the text goes on, or NULL when a quote is not closed or
 * not followed by a blank.
 */
static char *value_cut(char *at, const char **value)
{
    char *end;
    if (*at == '"') {
        at++;
        end = strchr(at, '"');
        if (end == NULL || (end[1] != '\0' && !is_blank(end[1]))) {
            return NULL;
        }
    } else {
        end = word_end(at, '\0');
    }
    *value = at;
    if (*end != '\0') {
        *end++ = '\0';
    }
    return end;
}

/* Cut one argument out at `at`.  Returns where the text goes on, or NULL with
   args->error set. */
static char *arg_cut(struct args *args, char *at)
{
    struct arg arg = {.name = at, .value = ""};
    const char *wrong = NULL;
    char *end = word_end(at, '=');
    char ended_by = *end;

    if (ended_by != '\0') {
        *end++ = '\0';
    }
    if (ended_by == '=') {
        end = value_cut(end, &arg.value);
    }
    if (end == NULL) {
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
    return end;
}

/* Take `text` apart, up to the first part that is wrong. */
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
        at = is_blank(*at) ? at + 1 : arg_cut(args, at);
    }
}

/* The value of an argument ("" for a bare name), or NULL. */
const char *args_get(const struct args *args, const char *name)
{
    for (int i = 0; i < args->count; i++) {
        if (strcmp(args->arg[i].name, name) == 0) {
            return args->arg[i].value;
        }
    }
    return NULL;
}

/* Print a line for what args_parse found wrong and for each argument whose
   name is not in `known`. */
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
