/*
 * The lexer: splits a line into tokens.
 *
 * lex_next() moves to the next token.  Words are copied without their quotes
 * into a buffer from the caller.  A word is never longer than its source, and
 * two words are always separated, so a buffer one byte longer than the line
 * holds them all.
 *
 * Quotes: '...' quotes everything.  In "...", \ quotes the characters ", \, and
 * $. Outside quotes, \ quotes the next character.  `#` at the start of a word
 * begins a comment.  "$?", "$#", and "$0" to "$9" outside '...' become
 * PARAMETER_MARK and their second character.
 */
#include "lex.h"
#include "user/user.h"

/* Begin at the first token of `line`. */
void lex_start(struct lexer *lex, const char *line, char *room)
{
    lex->at = line;
    lex->room = room;
    lex->error = NULL;
    lex_next(lex);
}

/* Whether `c` only separates words. */
static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* Whether `c` ends a word that is not quoted. */
static bool is_special(char c)
{
    return c == '\0' || is_blank(c) || strchr("|&;()<>", c) != NULL;
}

/* Copy the next byte into the word. */
static void lex_take(struct lexer *lex)
{
    *lex->room++ = *lex->at++;
}

/* Copy the next byte into the word, or the mark if a parameter begins here. */
static void lex_take_expanded(struct lexer *lex)
{
    if (lex->at[0] == '$' && lex->at[1] != '\0' &&
        strchr("?#0123456789", lex->at[1]) != NULL) {
        *lex->room++ = PARAMETER_MARK;
        lex->at++;
    }
    lex_take(lex);
}

/* Copy a quoted string; false if the closing quote is missing. */
static bool lex_quoted(struct lexer *lex)
{
    char quote = *lex->at++;

    while (*lex->at != quote) {
        if (*lex->at == '\0') {
            return false;
        }
        if (quote == '\'') {
            lex_take(lex);
            continue;
        }
        if (lex->at[0] == '\\' && lex->at[1] != '\0' &&
            strchr("\"\\$", lex->at[1]) != NULL) {
            lex->at++;
            lex_take(lex);
            continue;
        }
        lex_take_expanded(lex);
    }
    lex->at++;
    return true;
}

static enum token lex_word(struct lexer *lex)
{
    lex->word = lex->room;
    while (!is_special(*lex->at)) {
        if (*lex->at == '\'' || *lex->at == '"') {
            if (!lex_quoted(lex)) {
                lex->error = "a closing quote is missing";
                return TOKEN_ERROR;
            }
        } else if (*lex->at == '\\') {
            lex->at++;
            if (*lex->at == '\0') {
                lex->error = "nothing after \\";
                return TOKEN_ERROR;
            }
            lex_take(lex);
        } else {
            lex_take_expanded(lex);
        }
    }
    *lex->room++ = '\0';
    return TOKEN_WORD;
}

/* Skip the character `second` if it comes next. */
static bool lex_accept(struct lexer *lex, char second)
{
    if (*lex->at != second) {
        return false;
    }
    lex->at++;
    return true;
}

/* A redirection; the descriptor, if given, comes before the operator. */
static enum token lex_redirect(struct lexer *lex)
{
    bool has_fd = *lex->at >= '0' && *lex->at <= '9';
    int digit = has_fd ? *lex->at++ - '0' : 0;

    bool in = *lex->at++ == '<';

    lex->fd = has_fd ? digit : !in;
    lex->redirect = in ? REDIRECT_IN : REDIRECT_OUT;
    if (!in && lex_accept(lex, '>')) {
        lex->redirect = REDIRECT_APPEND;
    } else if (lex_accept(lex, '&')) {
        lex->redirect = REDIRECT_DUP;
    }
    return TOKEN_REDIRECT;
}

/* An operator or a word. */
static enum token lex_scan(struct lexer *lex)
{
    char c = lex->at[0];
    bool digit = c >= '0' && c <= '9';

    if (c == '<' || c == '>' ||
        (digit && (lex->at[1] == '<' || lex->at[1] == '>'))) {
        return lex_redirect(lex);
    }
    if (c == '\0' || !is_special(c)) {
        return c == '\0' ? TOKEN_END : lex_word(lex);
    }
    lex->at++;
    switch (c) {
    case '|':
        return lex_accept(lex, '|') ? TOKEN_OR : TOKEN_PIPE;
    case '&':
        return lex_accept(lex, '&') ? TOKEN_AND : TOKEN_BACKGROUND;
    case ';':
        return TOKEN_SEMICOLON;
    case '(':
        return TOKEN_OPEN;
    default:
        return TOKEN_CLOSE;
    }
}

/* Move to the next token.  After an error the token stays TOKEN_ERROR. */
void lex_next(struct lexer *lex)
{
    if (lex->error != NULL) {
        return;
    }
    while (is_blank(*lex->at)) {
        lex->at++;
    }
    if (*lex->at == '#') {
        lex->at += strlen(lex->at);
    }
    lex->start = lex->at;
    lex->token = lex_scan(lex);
}
