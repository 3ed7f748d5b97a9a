#pragma once

#include "lib/base.h"

/*
 * Platform-level interrupt controller (RISC-V PLIC specification 1.0.0).
 */

typedef void plic_handler_fn(void);

/* Bytes of registers up to those of context `number`. */
uint64_t plic_size(uint32_t number);

/* Silence every source for the calling hart; then sources may be enabled.
   `number` is that of the hart's supervisor context in the controller, whose
   registers are at `base`.  False when nothing is there.  At boot. */
bool plic_init(volatile void *base, uint32_t number);

/* Deliver interrupts of `source` to the hart that called plic_init.  False when
   there is no PLIC, or it has no such source: then the device must be polled.
   */
bool plic_enable(uint32_t source, plic_handler_fn *handler);

/* Claim and handle everything pending.  Interrupts must be off. */
void plic_interrupt(void);
