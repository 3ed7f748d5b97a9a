#pragma once

#include "lib/types.h"

/*
 * The console: line editing, echo, ^C, and the character device that programs
 * read and write.
 */

/* Get ready, and send kernel messages to the UART; call after uart_init, before
   the UART's interrupt is let in. */
void console_init(void);

/* Called by the UART's interrupt handler: a character arrived; the line can
   take more. */
void console_input(char c);
void console_drain(void);

/* Wait until all output has gone out, but not for ever.  Sleeps: no. */
void console_flush(void);

/* Set the process group that ^C kills; 0 for none. */
void console_set_foreground(pid_t pgid);
