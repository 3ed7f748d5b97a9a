#pragma once

#include "lib/base.h"

/*
 * The console: line editing, echo, ^C, and the character device that programs
 * read and write.
 */
struct line;

/* Use a line to a terminal, which works already, and send kernel messages
   there; before the line may interrupt. */
void console_init(const struct line *chosen);

/* To be called when the line interrupts.  Locks: no spinlock may be held, since
   ^C kills processes.  Sleeps: no. */
void console_interrupt(void);

/* The body of a thread that does the same a hundred times a second, for a line
   that does not interrupt.  Does not return. */
_Noreturn void console_poll(void *unused);

/* Send all output, unless the line takes it too slowly.  Sleeps: no. */
void console_flush(void);

/* Set the process group that ^C kills; 0 for none. */
void console_set_foreground(pid_t pgid);
