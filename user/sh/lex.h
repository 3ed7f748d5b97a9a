#pragma once

#include "sh.h"

/* The tokens of a line. */
enum token {
    TOKEN_END,
    TOKEN_WORD,
    TOKEN_REDIRECT, // kind and fd in struct lexer
    TOKEN_PIPE,
    TOKEN_OR,
    TOKEN_AND,
    TOKEN_BACKGROUND,
    TOKEN_SEMICOLON,
    TOKEN_OPEN,
    TOKEN_CLOSE,
    TOKEN_ERROR, // message in struct lexer
};

struct lexer {
    const char *at;    // next byte to read
    const char *start; // first byte of the current token
    enum token token;  // the current token
    char *word;        // the text, if it is a word
    char *room;        // where the next word goes
    enum redirect_kind redirect;
    int fd;
    const char *error;
};

void lex_start(struct lexer *lex, const char *line, char *room);
void lex_next(struct lexer *lex);
