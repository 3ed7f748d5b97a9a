#pragma once

#include <stdint.h>

/* Print who called whom, as far as callers can be found, beginning with the
   code at `pc`, whose registers are `sp` and `ra`; ra is 0 if it does not hold
   the return address any more. */
void backtrace_print(uint64_t pc, uint64_t sp, uint64_t ra);
