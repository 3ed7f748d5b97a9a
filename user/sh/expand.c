/*
 * Parameter expansion: "$?" is the status of the last command, "$1" to "$9" are
 * the arguments of a script, "$0" is its name, and "$#" is their number.  The
 * value is not split: one word stays one word.
 */
#include "sh.h"
#include "user/user.h"

/* An expanded word; freed when the line is done. */
struct expanded {
    struct expanded *next;
    char text[];
};

static struct expanded *all;

/* The value of "$c". */
static const char *parameter(char c)
{
    static char number[16];

    if (c == '?' || c == '#') {
        snprintf(number, sizeof(number), "%d",
                 c == '?' ? shell.status : shell.argc - 1);
        return number;
    }
    return c - '0' < shell.argc ? shell.argv[c - '0'] : "";
}

/* The word with its parameters replaced. */
static char *expand(char *word)
{
    size_t n = 1;

    if (strchr(word, PARAMETER_MARK) == NULL) {
        return word;
    }
    for (const char *s = word; *s != '\0'; s++) {
        n += *s == PARAMETER_MARK ? strlen(parameter(*++s)) : 1;
    }
    struct expanded *result = must(malloc(sizeof(*result) + n));
    char *to = result->text;
    for (const char *s = word; *s != '\0'; s++) {
        if (*s != PARAMETER_MARK) {
            *to++ = *s;
            continue;
        }
        strcpy(to, parameter(*++s));
        to += strlen(to);
    }
    *to = '\0';
    result->next = all;
    all = result;
    return result->text;
}

/* Expand all words of a pipeline in place, because it runs only once.  Words in
   parentheses are expanded when that group runs. */
void expand_pipeline(const struct pipeline *pipeline)
{
    for (struct command *c = pipeline->commands; c != NULL; c = c->next) {
        for (char **word = c->argv; *word != NULL; word++) {
            *word = expand(*word);
        }
        for (struct redirect *r = c->redirects; r != NULL; r = r->next) {
            r->target = expand(r->target);
        }
    }
}

/* Free the expanded words of the last line. */
void expand_reset(void)
{
    while (all != NULL) {
        struct expanded *done = all;

        all = done->next;
        free(done);
    }
}
