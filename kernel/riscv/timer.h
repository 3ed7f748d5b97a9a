#pragma once

#include "lib/base.h"

/*
 * Each hart's timer, set through the firmware (SBI TIME) or, with timer=sstc,
 * directly through stimecmp.  Times are values of the `time` counter.
 */

/* Choose one of the two; before any other call.  Panics when timer= is neither,
   or asks for an extension that the machine lacks. */
void timer_init(void);

/* The one chosen: "sbi" or "sstc". */
const char *timer_name(void);

/* Interrupt this hart at `deadline` or earlier.  Only an earlier deadline than
   the armed one reaches the hardware.  Interrupts must be off. */
void timer_arm(uint64_t deadline);

/* Interrupt this hart at `deadline`, whatever was armed before; withdraws the
   interrupt of a deadline that has passed.  Interrupts must be off. */
void timer_set(uint64_t deadline);

/* `n` units of 1/per_second seconds, in ticks of `time`. */
uint64_t timer_ticks(uint32_t n, uint32_t per_second);
