#pragma once

#include "lib/base.h"

/*
 * Commit accounting (mm/charge.c).
 */
void charge_init(void); // at boot

/* Charge n pages in advance, if so many are left. */
bool charge_take(uint64_t n);

/* Take back a charge for n pages, filled or not. */
void charge_give(uint64_t n);

/* Charge a private page that is about to be filled and was not charged in
   advance.  false if it is a copy and there is no page left to charge. */
bool charge_fill(bool is_copy);

/* How many copies fork charges the child, in advance, for an area that may have
   `pages` private ones: the first few, or all under commit=strict. */
#define CHARGE_FIRST_COPIES 4
uint64_t charge_copies(uint64_t pages);
