/*
 * The parser: turns a line into the tree of sh.h by recursive descent, with one
 * function for each line of the grammar.
 *
 * The tree and its words are stored in a pool that the next line reuses.  A
 * line has at most LINE_MAX bytes, so the pool is large enough for the worst
 * line.  The first error is printed where it is found, as one line.  After it
 * everything returns NULL.
 */
#include "lex.h"
#include "user/user.h"

enum {
    POOL_SIZE = LINE_MAX * sizeof(struct redirect),
    NEST_MAX = 64, // limit on nested parentheses, which bounds the recursion
};

struct parser {
    struct lexer lex;
    bool failed;
    int nesting;
};

// A struct needs at least one byte of the line, a word at least two.
static char words[LINE_MAX + 1];
static _Alignas(16) char pool[POOL_SIZE];
static size_t pool_used;

static struct sequence *parse_sequence(struct parser *p);

/* Zeroed memory for one node. */
static void *pool_alloc(size_t size)
{
    void *node = &pool[pool_used];

    pool_used += (size + 15) & ~(size_t)15;
    if (pool_used > sizeof(pool)) {
        fprintf(2, "sh: line too complex\n");
        exit(2);
    }
    memset(node, 0, size);
    return node;
}

/* Report an error at the current token, but only the first. */
static void *parse_fail(struct parser *p, const char *message)
{
    const struct lexer *lex = &p->lex;

    if (p->failed) {
        return NULL;
    }
    p->failed = true;
    if (lex->token == TOKEN_ERROR) {
        fprintf(2, "sh: syntax error: %s\n", lex->error);
    } else if (lex->token == TOKEN_END) {
        fprintf(2, "sh: syntax error: %s at the end\n", message);
    } else {
        fprintf(2, "sh: syntax error: %s before '%.*s'\n", message,
                (int)(lex->at - lex->start), lex->start);
    }
    return NULL;
}

/* Skip the current token if it is `token`. */
static bool parse_accept(struct parser *p, enum token token)
{
    if (p->lex.token != token) {
        return false;
    }
    lex_next(&p->lex);
    return true;
}

/* redirect: the current token is its operator. */
static struct redirect *parse_redirect(struct parser *p)
{
    struct redirect *r = pool_alloc(sizeof(*r));

    r->kind = p->lex.redirect;
    r->fd = p->lex.fd;
    lex_next(&p->lex);
    if (p->lex.token != TOKEN_WORD) {
        return parse_fail(p, "a file name is missing");
    }
    r->target = p->lex.word;
    lex_next(&p->lex);
    return r;
}

/* The words and redirections of a command, in any order. */
static void parse_words(struct parser *p, struct command *c)
{
    struct redirect **tail = &c->redirects;
    char *found[MAXARG + 1];
    int n = 0;

    while (!p->failed) {
        if (p->lex.token == TOKEN_REDIRECT) {
            *tail = parse_redirect(p);
            tail = *tail == NULL ? tail : &(*tail)->next;
        } else if (p->lex.token == TOKEN_WORD && c->group == NULL) {
            if (n == MAXARG) {
                parse_fail(p, "too many words");
                return;
            }
            found[n++] = p->lex.word;
            lex_next(&p->lex);
        } else {
            break;
        }
    }
    found[n++] = NULL;
    c->argv = pool_alloc((size_t)n * sizeof(char *));
    memcpy(c->argv, found, (size_t)n * sizeof(char *));
}

/* ( sequence ): the current token is the parenthesis. */
static struct sequence *parse_group(struct parser *p)
{
    if (++p->nesting > NEST_MAX) {
        return parse_fail(p, "nested too deeply");
    }
    lex_next(&p->lex);
    struct sequence *group = parse_sequence(p);
    if (group == NULL) {
        return parse_fail(p, "a command is missing");
    }
    if (!parse_accept(p, TOKEN_CLOSE)) {
        return parse_fail(p, "')' is missing");
    }
    p->nesting--;
    return group;
}

/* command */
static struct command *parse_command(struct parser *p)
{
    struct command *c = pool_alloc(sizeof(*c));

    if (p->lex.token == TOKEN_OPEN) {
        c->group = parse_group(p);
        if (c->group == NULL) {
            return NULL;
        }
    } else if (p->lex.token != TOKEN_WORD && p->lex.token != TOKEN_REDIRECT) {
        return parse_fail(p, "a command is missing");
    }
    parse_words(p, c);
    return p->failed ? NULL : c;
}

/* pipeline */
static struct pipeline *parse_pipeline(struct parser *p)
{
    struct pipeline *pipeline = pool_alloc(sizeof(*pipeline));
    struct command **tail = &pipeline->commands;

    do {
        *tail = parse_command(p);
        if (*tail == NULL) {
            return NULL;
        }
        tail = &(*tail)->next;
    } while (parse_accept(p, TOKEN_PIPE));
    return pipeline;
}

/* and_or; the caller fills the sequence it belongs to. */
static struct pipeline *parse_and_or(struct parser *p)
{
    struct pipeline *first = NULL;
    struct pipeline **tail = &first;
    enum when when = WHEN_ALWAYS;

    for (;;) {
        *tail = parse_pipeline(p);
        if (*tail == NULL) {
            return NULL;
        }
        (*tail)->when = when;
        tail = &(*tail)->next;
        if (parse_accept(p, TOKEN_AND)) {
            when = WHEN_SUCCESS;
        } else if (parse_accept(p, TOKEN_OR)) {
            when = WHEN_FAILURE;
        } else {
            return first;
        }
    }
}

/* sequence; NULL also if there is none here. */
static struct sequence *parse_sequence(struct parser *p)
{
    struct sequence *first = NULL;
    struct sequence **tail = &first;

    while (p->lex.token != TOKEN_END && p->lex.token != TOKEN_CLOSE) {
        struct sequence *s = pool_alloc(sizeof(*s));

        s->text = p->lex.start;
        s->pipelines = parse_and_or(p);
        if (s->pipelines == NULL) {
            return NULL;
        }
        s->text_length = (size_t)(p->lex.start - s->text);
        *tail = s;
        tail = &s->next;
        s->background = p->lex.token == TOKEN_BACKGROUND;
        if (!parse_accept(p, TOKEN_BACKGROUND) &&
            !parse_accept(p, TOKEN_SEMICOLON)) {
            break;
        }
    }
    return first;
}

/* The tree of a line.  NULL if the line is empty; NULL and *ok false after an
   error, which was already printed. */
struct sequence *parse_line(const char *line, bool *ok)
{
    struct parser p = {.failed = false, .nesting = 0};

    pool_used = 0;
    lex_start(&p.lex, line, words);
    struct sequence *s = parse_sequence(&p);
    if (!p.failed && p.lex.token != TOKEN_END) {
        parse_fail(&p, "a command is missing");
    }
    *ok = !p.failed;
    return p.failed ? NULL : s;
}
