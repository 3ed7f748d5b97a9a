#pragma once

#include "lib/types.h"

/*
 * Promises of memory.
 */
struct area;

void charge_init(void); // at boot

/* Promise n pages, if so many are left; or give back promises, or private
   pages. */
bool charge_take(uint64_t n);
void charge_give(uint64_t n);

/* Count a private page that is filled without a promise; false if it is the
   copy of another one and would break a promise. */
bool charge_fill(bool is_copy);

/* fork: promise the parent's area its first copies; then, how many pages to
   promise the child's. */
bool charge_parent(struct area *area);
uint64_t charge_of_child(const struct area *area);
