#pragma once

#include "lib/base.h"

/*
 * Promises of memory.
 */
void charge_init(void); // at boot

/* Promise n pages, if so many are left; or give back promises, or private
   pages. */
bool charge_take(uint64_t n);
void charge_give(uint64_t n);

/* Count a private page that is filled without a promise; false if it is the
   copy of another one and would break a promise. */
bool charge_fill(bool is_copy);

/* fork promises parent and child the first copies in each area; the child,
   under commit=strict, a copy of all `pages` that the parent may have. */
#define CHARGE_FIRST_COPIES 4
uint64_t charge_copies(uint64_t pages);
