#pragma once

#include "lib/base.h"

/*
 * Boot arguments: words of the form name, name=value or name="quoted value",
 * separated by blanks.
 */

#define ARGS_MAX  32
#define ARGS_TEXT 1024 // longest text, with its final NUL

struct arg {
    const char *name;
    const char *value; // "" for a bare name
};

struct args {
    int count;
    struct arg arg[ARGS_MAX];
    char text[ARGS_TEXT]; // names and values, cut apart by NULs
    char error[80];       // what was wrong, or ""
};

/* Take `text` apart.  When a part is wrong, args->error says what, and the
   arguments before that part stand. */
void args_parse(const char *text, struct args *args);

/* The value of an argument ("" for a bare name), or NULL. */
const char *args_get(const struct args *args, const char *name);

/* Print a warning for args->error and for each name not in `known`, a list
   that ends with NULL. */
void args_warn(const struct args *args, const char *const *known);
