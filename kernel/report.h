#pragma once

#include "riscv/tcb.h"

/* What a cause in scause means, in words. */
const char *report_cause(uint64_t cause);

/* Print a line about the current program, which is killed for a trap; `value`
   is the instruction or address that caused it, `why` says more, or is empty.
   Such lines are limited, so that a loop cannot flood the console. */
void report_kill(const struct trapframe *frame, uint64_t cause, const char *why,
                 uint64_t value);

/* End the machine with a report: of a message (lib/klog.h), or of a trap that
   the kernel itself must not take, `what` it was, at the address `value`. */
void report_panic(const char *message);
_Noreturn void report_kernel_trap(const struct trapframe *frame,
                                  const char *what, uint64_t value);
