#pragma once

#include "lib/types.h"

struct trapframe;

/* A system call's handler: arguments a0..a5; the result, or a negative
   errno.  Interrupts are on and no lock is held. */
typedef int64_t syscall_fn(const uint64_t args[6]);

/* Run the call that the frame asks for; returns what goes to a0. */
int64_t syscall_dispatch(struct trapframe *frame);

/* The text of a negative errno, for messages. */
const char *error_text(int error);
